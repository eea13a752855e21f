/**
 * A process that dies between the claim of a signal and one of its appends: run by
 * `claim.chaos.test.ts` with a data folder, how many appends to let through, and the signal.
 */
import { join } from 'node:path'
import { openSqliteDesk, openSqliteEventStore, openSqliteVault } from '@ledger/adapter-sqlite'
import { parseSignal, subjectOfStream } from '@ledger/domain'
import { openLedger } from '@ledger/ledger'
import { nowMicros } from '@ledger/runtime'

const [folder = '', letThrough = '0', event = '{}'] = process.argv.slice(2)

const store = await openSqliteEventStore({ path: join(folder, 'log.db') })
const vault = await openSqliteVault({ path: join(folder, 'vault.db') })
const desk = await openSqliteDesk({ path: join(folder, 'desk.db') })
const passed: Promise<unknown>[] = []
const dying: typeof store = {
  ...store,
  append: async (stream, events, options) => {
    if (subjectOfStream(stream) === null) return store.append(stream, events, options)
    if (passed.length === Number(letThrough)) {
      // What was let through before is durable by then.
      await Promise.all(passed)
      process.kill(process.pid, 'SIGKILL')
    }
    const appending = store.append(stream, events, options)
    passed.push(appending)
    return appending
  },
}
const masterKey = new Uint8Array(32).fill(7)
const ledger = await openLedger({ store: dying, vault, desk, masterKey, now: nowMicros })
const parsed = parseSignal(JSON.parse(event))
if (!parsed.ok) throw new Error('the signal was refused')
const { outcome } = await ledger.record(parsed.signal)
process.stdout.write(`${outcome}\n`)
await Promise.all([store.close(), vault.close(), desk.close()])
