import { chmodSync, copyFileSync, readdirSync, readFileSync, statSync, truncateSync } from 'node:fs'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, describe, expect, test } from 'vitest'
import { definitions } from '../support/groups.ts'
import { httpClient, putGroups } from '../support/http-client.ts'
import { runToEnd } from '../support/run-to-end.ts'
import { acts, phoneOf } from '../support/signals.ts'
import { startStandalone } from '../support/start-standalone.ts'
import { makeTempFolder, tempFolder } from '../support/temp-folder.ts'

describe('a wrong configuration', () => {
  test('is told as a whole, without a value, and nothing is opened', async () => {
    const folder = join(tempFolder(), 'data')
    const secret = 'hunter2'
    const { code, stderr, stdout } = await runToEnd(folder, ['serve'], {
      PORT: '80a',
      ADMIN_KEY: secret,
      LEDGER_MASTER_KEY: secret,
      LEDGER_MASTER_KEY_NEW: secret,
      LOG_LEVEL: 'loud',
    })
    expect(code).toBe(2)
    expect(stdout).toBe('')
    expect(stderr.trim().split('\n')).toEqual([
      'the configuration is wrong:',
      '  PORT: expected a whole number from 0 to 65535',
      '  ADMIN_KEY: expected at least 8 characters',
      '  LEDGER_MASTER_KEY: expected 32 bytes, as 64 hex digits or in base64',
      '  LEDGER_MASTER_KEY_NEW: expected 32 bytes, as 64 hex digits or in base64',
      expect.stringMatching(/^ {2}LOG_LEVEL: .*fatal.*silent/) as string,
    ])
    expect(stderr).not.toContain(secret)
    expect(() => readdirSync(folder)).toThrow('ENOENT')
  })
})

const place = makeTempFolder()
afterAll(place.remove)
const whole = join(place.path, 'whole')

const copyOfWhole = (): string => {
  const folder = tempFolder()
  for (const name of readdirSync(whole)) copyFileSync(join(whole, name), join(folder, name))
  return folder
}

function cutOff(path: string): void {
  const database = new DatabaseSync(path)
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  database.close()
  truncateSync(path, 5_000)
}

const stateOf = async (address: string) => {
  const answer = await httpClient(address).ask('POST', '/v1/state', {
    group: 'offers',
    addresses: [phoneOf(1)],
    consistency: 'strong',
  })
  return answer.json
}

describe('a start', () => {
  test('makes files that nobody else may read, its locks too', async () => {
    const ledger = await startStandalone(whole)
    const client = httpClient(ledger.address)
    await putGroups(client, definitions)
    await client.post([acts.stop(phoneOf(1))])
    const open = readdirSync(whole).filter((name) => statSync(join(whole, name)).mode & 0o077)
    expect(open).toEqual([])
    expect(readdirSync(whole)).toContain('ledger.lock')
    expect(statSync(whole).mode & 0o077).toBe(0)
    const metrics = await client.ask('GET', '/metrics')
    expect(metrics.text).toMatch(/^ledger_write_stopped 0$/m)
    expect(metrics.text).toMatch(/^ledger_write_ahead_log_bytes [1-9]\d+$/m)
    ledger.send('SIGTERM')
    expect(await ledger.ended).toEqual({ code: 0, signal: null })
  })

  test('closes files that others could read, and says which', async () => {
    const folder = copyOfWhole()
    for (const name of ['master.key', 'vault.db', 'ledger.lock'])
      chmodSync(join(folder, name), 0o644)
    const ledger = await startStandalone(folder)
    expect(ledger.said().stderr).toContain('others could read these files until now')
    expect(ledger.said().stderr).toContain('["ledger.lock","master.key","vault.db"]')
    const open = readdirSync(folder).filter((name) => statSync(join(folder, name)).mode & 0o077)
    expect(open).toEqual([])
    ledger.send('SIGTERM')
    await ledger.ended
  })

  test.for([
    ['log.db', 'event log'],
    ['vault.db', 'vault'],
    ['desk.db', 'desk'],
  ] as const)('on a garbled %s says in a sentence what is wrong', async ([file, name]) => {
    const [garbled, cut] = [copyOfWhole(), copyOfWhole()]
    writeFileSync(join(garbled, file), Buffer.alloc(9_000, 0x5a))
    truncateSync(join(cut, file), 5_000)
    const first = await runToEnd(garbled, ['serve'])
    expect(first).toMatchObject({
      code: 1,
      stderr:
        `this is no ${name} that can be opened: ` +
        'expected a SQLite database, found another file\n',
    })
    const second = await runToEnd(cut, ['serve'])
    expect(second).toMatchObject({
      code: 1,
      stderr: `the ${name} is damaged: database disk image is malformed\n`,
    })
  })

  test.for([
    ['that is no database', (path: string) => writeFileSync(path, Buffer.alloc(9_000, 0x5a))],
    ['that was cut off', cutOff],
  ] as const)('builds a read model anew %s', async ([_, damage]) => {
    const folder = copyOfWhole()
    damage(join(folder, 'read-model-1.db'))
    const ledger = await startStandalone(folder)
    expect(ledger.said().stderr).toContain('"fault":"it cannot be read"')
    expect(await stateOf(ledger.address)).toMatchObject({ results: [{ state: 'unsubscribed' }] })
    ledger.send('SIGTERM')
    await ledger.ended
    expect((await runToEnd(folder, ['verify'])).stdout).toContain('all agree')
    expect(readFileSync(join(folder, 'read-model.current'), 'utf8')).toBe('read-model-2.db\n')
  })

  test.for(['../../elsewhere', 'vault.db'])(
    'on a pointer that says %j builds the read model anew, within its folder',
    async (said) => {
      const folder = copyOfWhole()
      writeFileSync(join(folder, 'read-model.current'), said)
      expect((await runToEnd(folder, ['verify'])).stdout).toContain('it names no read model')
      const ledger = await startStandalone(folder)
      expect(ledger.said().stderr).toContain('read-model.current names no read model')
      ledger.send('SIGTERM')
      await ledger.ended
      expect(readFileSync(join(folder, 'read-model.current'), 'utf8')).toBe('read-model-2.db\n')
      expect((await runToEnd(folder, ['verify'])).stdout).toContain('all agree')
    },
  )

  test('does not throw away another kind of file in the place of a read model', async () => {
    const folder = copyOfWhole()
    copyFileSync(join(folder, 'desk.db'), join(folder, 'read-model-1.db'))
    // What SQLite has set aside for a file would make it what it was.
    for (const aside of ['-wal', '-shm'])
      rmSync(join(folder, `read-model-1.db${aside}`), { force: true })
    const { code, stderr } = await runToEnd(folder, ['serve'])
    expect(code).toBe(1)
    expect(stderr).toContain('this is no read model that can be opened')
    expect(readdirSync(folder)).toContain('read-model-1.db')
  })
})
