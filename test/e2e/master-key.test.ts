import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { openSqliteVaultReader } from '@ledger/adapter-sqlite'
import { describe, expect, test } from 'vitest'
import { allIsWell } from '../chaos/check-log.ts'
import { judgeFolder } from '../chaos/judge-folder.ts'
import { createLoad } from '../chaos/load.ts'
import { definitions } from '../support/groups.ts'
import { httpClient, putGroups } from '../support/http-client.ts'
import { runToEnd } from '../support/run-to-end.ts'
import { seeded } from '../support/seeded.ts'
import { runCommand, startStandalone } from '../support/start-standalone.ts'
import { tempFolder } from '../support/temp-folder.ts'

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const [keyA, keyB] = ['a1'.repeat(32), 'b2'.repeat(32)]
const wrongKey = 'the master key does not open this vault'

async function wrappedIn(folder: string): Promise<Buffer> {
  const vault = await openSqliteVaultReader({ path: join(folder, 'vault.db') })
  const secrets = await vault.readSecrets().finally(() => vault.close())
  return Buffer.from(secrets?.wrapped ?? [])
}

const isInVaultFiles = (folder: string, bytes: Buffer): boolean =>
  readdirSync(folder)
    .filter((name) => name.startsWith('vault.db'))
    .some((name) => readFileSync(join(folder, name)).includes(bytes))

/** Starts a ledger and stops it again; gives how that went. */
async function startOnce(folder: string, env: Readonly<Record<string, string>> = {}) {
  const command = runCommand(folder, ['serve'], env)
  const listening = command.says(/listening on/).then(
    () => true,
    () => false,
  )
  const hasStarted = await listening
  command.send('SIGTERM')
  await command.ended
  return { hasStarted, stderr: command.said().stderr }
}

const verdictOf = async (folder: string, env: Readonly<Record<string, string>> = {}) => {
  const { code, stdout } = await runToEnd(folder, ['verify', '--json'], env)
  return { code, ...(JSON.parse(stdout) as { wrong: number; notes: number }) }
}

describe('the master key in its file', () => {
  test('is changed while the ledger serves, and the old one opens nothing any more', async () => {
    const folder = tempFolder()
    const load = createLoad(21)
    const ledger = await startStandalone(folder)
    const client = httpClient(ledger.address)
    await putGroups(client, definitions)
    const sending = load.send(client)
    await sleep(200)
    const old = readFileSync(join(folder, 'master.key'), 'utf8').trim()
    const oldWrapped = await wrappedIn(folder)
    for (let turn = 0; turn < 2; turn += 1) {
      const { code, stderr, stdout } = await runToEnd(folder, ['master-key', 'rotate'])
      expect(code, stderr).toBe(0)
      expect(stdout).toContain('the vault has a new master key')
    }
    await sleep(200)
    await sending.stop()
    expect(load.wrong()).toEqual([])
    ledger.send('SIGTERM')
    await ledger.ended
    expect(readFileSync(join(folder, 'master.key'), 'utf8').trim()).not.toBe(old)
    expect(isInVaultFiles(folder, await wrappedIn(folder))).toBe(true)
    expect(isInVaultFiles(folder, oldWrapped)).toBe(false)
    expect(await startOnce(folder, { LEDGER_MASTER_KEY: old })).toMatchObject({
      hasStarted: false,
      stderr: expect.stringContaining(wrongKey) as string,
    })
    const again = await startStandalone(folder)
    await load.settle(httpClient(again.address))
    again.send('SIGTERM')
    await again.ended
    const { verdict } = await judgeFolder(folder, load.acknowledged())
    expect(verdict).toEqual(allIsWell)
    expect(await verdictOf(folder)).toMatchObject({ code: 0, wrong: 0, notes: 0 })
  })

  test('survives a kill at any moment of its change, and a further run finishes it', async () => {
    const random = seeded(8)
    const folder = tempFolder()
    await startOnce(folder)
    for (let turn = 0; turn < 5; turn += 1) {
      const command = runCommand(folder, ['master-key', 'rotate'])
      await sleep(150 + random() * 250)
      command.send('SIGKILL')
      await command.ended
      expect(await verdictOf(folder)).toMatchObject({ code: 0, notes: 0 })
    }
    expect((await runToEnd(folder, ['master-key', 'rotate'])).code).toBe(0)
    expect(existsSync(join(folder, 'master.key.next'))).toBe(false)
    expect(await startOnce(folder)).toMatchObject({ hasStarted: true })
  })

  test('is found where a change was killed before or after the vault took the new one', async () => {
    const folder = tempFolder()
    await startOnce(folder)
    const [current, next] = [join(folder, 'master.key'), join(folder, 'master.key.next')]
    // Before: the vault still has the old one.
    writeFileSync(next, `${keyB}\n`)
    expect(await startOnce(folder)).toMatchObject({ hasStarted: true })
    expect(existsSync(next)).toBe(true)
    const old = readFileSync(current, 'utf8')
    expect((await runToEnd(folder, ['master-key', 'rotate'])).code).toBe(0)
    expect(readFileSync(current, 'utf8').trim()).toBe(keyB)
    // After: the vault has the new one, and the file was not yet put in place.
    renameSync(current, next)
    writeFileSync(current, old)
    const backup = join(tempFolder(), 'backup')
    await runToEnd(folder, ['backup', backup])
    expect(readFileSync(join(backup, 'master.key'), 'utf8').trim()).toBe(keyB)
    const copy = tempFolder()
    for (const name of readdirSync(folder)) copyFileSync(join(folder, name), join(copy, name))
    expect(await startOnce(folder)).toMatchObject({ hasStarted: true })
    expect(readFileSync(current, 'utf8').trim()).toBe(keyB)
    expect(existsSync(next)).toBe(false)
    const again = await runToEnd(copy, ['master-key', 'rotate', '--json'])
    expect(JSON.parse(again.stdout)).toEqual({ to: 'master.key', wasDoneBefore: true })
    expect(readFileSync(join(copy, 'master.key'), 'utf8').trim()).toBe(keyB)
  })

  test('is not changed by who has none that opens the vault', async () => {
    const folder = tempFolder()
    await startOnce(folder, { LEDGER_MASTER_KEY: keyA })
    const { code, stderr } = await runToEnd(folder, ['master-key', 'rotate'])
    expect(code).toBe(1)
    expect(stderr).toContain(wrongKey)
    expect(readdirSync(folder).filter((name) => name.startsWith('master.key'))).toEqual([])
  })
})

describe('the master key from the environment', () => {
  test('is changed to the new variable, and both are tried while both are set', async () => {
    const folder = tempFolder()
    const both = { LEDGER_MASTER_KEY: keyA, LEDGER_MASTER_KEY_NEW: keyB }
    expect(await startOnce(folder, { LEDGER_MASTER_KEY: keyA })).toMatchObject({ hasStarted: true })
    const alone = await runToEnd(folder, ['master-key', 'rotate'], { LEDGER_MASTER_KEY: keyA })
    expect(alone.code).toBe(2)
    expect(alone.stderr).toContain('set LEDGER_MASTER_KEY_NEW')
    expect(await startOnce(folder, both)).toMatchObject({ hasStarted: true })
    expect((await runToEnd(folder, ['master-key', 'rotate'], both)).code).toBe(0)
    expect(await startOnce(folder, both)).toMatchObject({ hasStarted: true })
    expect(await startOnce(folder, { LEDGER_MASTER_KEY: keyB })).toMatchObject({ hasStarted: true })
    expect(await startOnce(folder, { LEDGER_MASTER_KEY: keyA })).toMatchObject({
      hasStarted: false,
    })
    const again = await runToEnd(folder, ['master-key', 'rotate', '--json'], both)
    expect(JSON.parse(again.stdout)).toEqual({ to: 'LEDGER_MASTER_KEY_NEW', wasDoneBefore: true })
  })

  test('takes the place of the file', async () => {
    const folder = tempFolder()
    await startOnce(folder)
    const env = { LEDGER_MASTER_KEY_NEW: keyB }
    expect((await runToEnd(folder, ['master-key', 'rotate'], env)).code).toBe(0)
    expect(await startOnce(folder, { LEDGER_MASTER_KEY: keyB })).toMatchObject({ hasStarted: true })
    expect((await startOnce(folder)).stderr).toContain(wrongKey)
  })
})
