import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { judgeFolder } from '../chaos/judge-folder.ts'
import { allIsWell } from '../chaos/check-log.ts'
import { createLoad } from '../chaos/load.ts'
import { definitions } from '../support/groups.ts'
import { httpClient, putGroups } from '../support/http-client.ts'
import { runToEnd } from '../support/run-to-end.ts'
import { seeded } from '../support/seeded.ts'
import { acts, phoneOf } from '../support/signals.ts'
import { runCommand, startStandalone } from '../support/start-standalone.ts'
import { makeTempFolder, tempFolder } from '../support/temp-folder.ts'

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const verifyWhole = async (folder: string): Promise<void> => {
  const { code, stdout } = await runToEnd(folder, ['verify'])
  expect(stdout).toContain('all agree')
  expect(code).toBe(0)
}

/** Starts a ledger on a folder, records stops of some people, stops it again. */
async function recordStops(folder: string, people: readonly number[]): Promise<void> {
  const ledger = await startStandalone(folder)
  const client = httpClient(ledger.address)
  await putGroups(client, definitions)
  await client.post(people.map((person) => acts.stop(phoneOf(person))))
  ledger.send('SIGTERM')
  await ledger.ended
}

describe('a backup of a running ledger under load', () => {
  test('restores to a ledger that is whole and holds what was acknowledged before it', async () => {
    const [folder, backup] = [tempFolder(), join(tempFolder(), 'backup')]
    const load = createLoad(11)
    const ledger = await startStandalone(folder)
    const client = httpClient(ledger.address)
    await putGroups(client, definitions)
    const sending = load.send(client)
    await sleep(400)
    const before = load.acknowledged().length
    const made = await runToEnd(folder, ['backup', backup, '--json'])
    expect(made.code, made.stderr).toBe(0)
    await sending.stop()
    const acknowledged = load.acknowledged()
    const manifest = JSON.parse(made.stdout) as { readonly logEnd: string }
    ledger.send('SIGTERM')
    await ledger.ended

    const target = join(tempFolder(), 'restored')
    const restored = await runToEnd(target, ['restore', backup])
    expect(restored.code, restored.stderr).toBe(0)
    const held = acknowledged.filter(({ position }) => position <= manifest.logEnd)
    expect(held.length).toBeGreaterThanOrEqual(before)
    expect(held.length).toBeLessThan(acknowledged.length)
    const again = await startStandalone(target)
    await httpClient(again.address).ask('POST', '/v1/state', {
      group: 'offers',
      addresses: [phoneOf(1)],
      atLeast: manifest.logEnd,
    })
    again.send('SIGTERM')
    expect(await again.ended).toEqual({ code: 0, signal: null })
    const { verdict, differences } = await judgeFolder(target, held)
    expect(verdict).toEqual(allIsWell)
    expect(differences).toEqual([])
    await verifyWhole(target)
  })

  test('leaves the running ledger whole, as verify beside it says', async () => {
    const folder = tempFolder()
    const load = createLoad(12)
    const ledger = await startStandalone(folder)
    const client = httpClient(ledger.address)
    await putGroups(client, definitions)
    const sending = load.send(client)
    for (let turn = 0; turn < 3; turn += 1) await verifyWhole(folder)
    await sending.stop()
    expect(load.wrong()).toEqual([])
    ledger.send('SIGTERM')
    await ledger.ended
    await verifyWhole(folder)
  })

  test('that is killed at any moment is whole or says that it is none', async () => {
    const random = seeded(5)
    const folder = tempFolder()
    await recordStops(folder, [1, 2, 3])
    const found = new Set<string>()
    for (let turn = 0; turn < 4; turn += 1) {
      const backup = join(tempFolder(), 'backup')
      const command = runCommand(folder, ['backup', backup])
      const isOneToEnd = turn === 0
      if (!isOneToEnd) {
        while (!existsSync(backup) && !command.hasEnded()) await sleep(1)
        await sleep(random() * 60)
        command.send('SIGKILL')
      }
      await command.ended
      const target = join(tempFolder(), 'restored')
      const { code, stderr } = await runToEnd(target, ['restore', backup])
      const isMade = existsSync(join(backup, 'backup.json'))
      expect(code === 0, stderr).toBe(isMade)
      if (!isMade) expect(stderr).toMatch(/is no backup to restore from: .*interrupted/)
      if (!isMade) expect(existsSync(join(target, 'log.db'))).toBe(false)
      found.add(isMade ? 'whole' : 'none')
    }
    expect(found).toContain('whole')
  })
})

describe('a restore', () => {
  const kept = { older: '', newer: '', folder: '' }
  const place = makeTempFolder()
  afterAll(place.remove)
  beforeAll(async () => {
    kept.folder = join(place.path, 'data')
    kept.older = join(place.path, 'older')
    kept.newer = join(place.path, 'newer')
  })

  test('is given two backups of one ledger by the tests below', async () => {
    await recordStops(kept.folder, [1, 2, 3])
    expect((await runToEnd(kept.folder, ['backup', kept.older])).code).toBe(0)
    await recordStops(kept.folder, [4, 5])
    const made = await runToEnd(kept.folder, ['backup', kept.newer, '--without-master-key'])
    expect(made.code).toBe(0)
    expect(made.stdout).toContain('master key is NOT in this backup')
    expect(readdirSync(kept.newer).sort()).toEqual(['backup.json', 'desk.db', 'log.db', 'vault.db'])
    expect((await runToEnd(kept.folder, ['backup', kept.newer])).stderr).toContain('holds a backup')
  })

  const copyOf = (backup: string): string => {
    const copy = tempFolder()
    for (const name of readdirSync(backup)) copyFileSync(join(backup, name), join(copy, name))
    return copy
  }

  test('refuses files that are not as they were made, and changes nothing', async () => {
    for (const name of ['log.db', 'vault.db', 'desk.db', 'master.key']) {
      const backup = copyOf(kept.older)
      const bytes = readFileSync(join(backup, name))
      bytes.writeUInt8(bytes.readUInt8(40) ^ 1, 40)
      writeFileSync(join(backup, name), bytes)
      const target = tempFolder()
      const { code, stderr } = await runToEnd(target, ['restore', backup])
      expect(code).toBe(1)
      expect(stderr).toContain(`${name} is not as it was made`)
      expect(readdirSync(target)).toEqual(['ledger.lock'])
    }
  })

  test('refuses a folder that is in use, and one that is not empty', async () => {
    const target = tempFolder()
    const ledger = await startStandalone(target)
    const running = await runToEnd(target, ['restore', kept.older, '--replace'])
    expect(running).toMatchObject({ code: 1 })
    expect(running.stderr).toContain('a ledger is running on DATA_DIR')
    ledger.send('SIGTERM')
    await ledger.ended
    const before = readFileSync(join(target, 'log.db'))
    expect((await runToEnd(target, ['restore', kept.older])).stderr).toContain('--replace')
    expect(readFileSync(join(target, 'log.db'))).toEqual(before)
    const replaced = await runToEnd(target, ['restore', kept.older, '--replace', '--json'])
    expect(replaced.code, replaced.stderr).toBe(0)
    const { setAside } = JSON.parse(replaced.stdout) as { readonly setAside: string }
    expect(readFileSync(join(setAside, 'log.db'))).toEqual(before)
    await verifyWhole(target)
  })

  test('needs the key that the backup does not bring, if only to be checked', async () => {
    const [withOther, withNone] = [tempFolder(), tempFolder()]
    const env = { LEDGER_MASTER_KEY: 'ab'.repeat(32) }
    const other = await runToEnd(withOther, ['restore', kept.newer], env)
    expect(other.code).toBe(1)
    expect(other.stderr).toContain('no master key at hand opens it')
    expect(readdirSync(withOther)).toEqual(['ledger.lock'])
    const none = await runToEnd(withNone, ['restore', kept.newer])
    expect(none.code).toBe(0)
    expect(none.stderr).toContain('sealed parts were not opened')
    const env2 = { LEDGER_MASTER_KEY: readFileSync(join(kept.older, 'master.key'), 'utf8').trim() }
    expect((await runToEnd(tempFolder(), ['restore', kept.newer], env2)).code).toBe(0)
  })

  test('that was killed half way lets nothing start until it was run again', async () => {
    const random = seeded(6)
    const target = tempFolder()
    await runToEnd(target, ['restore', kept.newer])
    for (let turn = 0; turn < 3; turn += 1) {
      const command = runCommand(target, ['restore', kept.older, '--replace'])
      while (!existsSync(join(target, 'restoring')) && !command.hasEnded()) await sleep(1)
      await sleep(random() * 500)
      command.send('SIGKILL')
      await command.ended
      const isHalf = existsSync(join(target, 'restore.unfinished'))
      const looked = await runToEnd(target, ['verify'])
      expect(looked.code === 0, looked.stderr).toBe(!isHalf)
    }
    writeFileSync(join(target, 'restore.unfinished'), '')
    for (const command of ['serve', 'verify', 'keys', 'backup']) {
      const { code, stderr } = await runToEnd(target, [
        command,
        ...(command === 'backup' ? ['x'] : []),
      ])
      expect(code).not.toBe(0)
      if (command !== 'serve') expect(stderr).toContain('run it again')
    }
    expect((await runToEnd(target, ['restore', kept.older])).code).toBe(0)
    await verifyWhole(target)
  })

  const mixOf = async (file: 'log.db' | 'vault.db'): Promise<string> => {
    const target = tempFolder()
    await runToEnd(target, ['restore', kept.older])
    copyFileSync(join(kept.newer, file), join(target, file))
    return target
  }

  test('by hand of a newer log beside an older vault does not serve', async () => {
    const { code, stderr } = await runToEnd(await mixOf('log.db'), ['serve'])
    expect(code).toBe(1)
    expect(stderr).toContain('the log knows claim 5, the vault only 3: restore a newer vault')
  })

  test('by hand of an older log beside a newer vault does not serve until that is accepted', async () => {
    const target = await mixOf('vault.db')
    const refused = await runToEnd(target, ['serve'])
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('but its vault has seen it at')
    const looked = await runToEnd(target, ['verify'])
    expect(looked.code).toBe(1)
    expect(looked.stdout).toContain('the vault has seen the log further than it goes')
    expect(looked.stdout).toContain('note: vault, claim 5: it has no event')
    const accepted = await runToEnd(target, ['accept-loss'])
    expect(accepted).toMatchObject({ code: 0 })
    expect(accepted.stdout).toContain('accepted: the log ends at')
    expect((await runToEnd(target, ['accept-loss'])).stdout).toContain('nothing is missing')
    const ledger = await startStandalone(target)
    const [answer] = await httpClient(ledger.address).post([acts.stop(phoneOf(9))])
    expect(answer?.outcome).toBe('recorded')
    ledger.send('SIGTERM')
    await ledger.ended
  })
})

test('a backup into the data folder, or beside nothing, is refused', async () => {
  const folder = tempFolder()
  expect((await runToEnd(folder, ['backup', join(folder, 'x')])).stderr).toContain(
    'there is no ledger',
  )
  await recordStops(folder, [1])
  const inside = await runToEnd(folder, ['backup', join(folder, 'x')])
  expect(inside.code).toBe(2)
  expect(inside.stderr).toContain('another folder than the data folder')
  const odd = await runToEnd(folder, ['backup', '--odd', join(tempFolder(), 'x')])
  expect(odd.code).toBe(2)
  const used = tempFolder()
  mkdirSync(join(used, 'something'))
  expect((await runToEnd(folder, ['backup', used])).stderr).toContain('is not empty')
  expect(existsSync(join(folder, 'x'))).toBe(false)
})
