import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { openTestLedger } from '../support/open-test-ledger.ts'
import type { CloudEvent } from '../support/signals.ts'
import { acts, newPhone } from '../support/signals.ts'
import { runScript } from '../support/start-standalone.ts'
import { tempFolder } from '../support/temp-folder.ts'

const script = fileURLToPath(new URL('./crash-after-claim.ts', import.meta.url))

/** Lets a process record a signal and die at the append after so many. */
async function recordAndDie(folder: string, letThrough: number, event: CloudEvent) {
  const dying = runScript(script, [folder, String(letThrough), JSON.stringify(event)])
  return { ...(await dying.ended), ...dying.said() }
}

describe('kill -9 between the claim and the append', () => {
  test('leaves a claim without its event, which the retry finishes', async () => {
    const folder = tempFolder()
    const ada = newPhone()
    const signal = acts.stop(ada)
    const death = await recordAndDie(folder, 0, signal)
    expect(death).toMatchObject({ signal: 'SIGKILL', stdout: '' })

    const ledger = await openTestLedger({ folder })
    expect(await ledger.vault.highWaterMark()).toBe(1)
    expect(await ledger.eventsOf(ada)).toEqual([])
    expect((await ledger.record(signal)).outcome).toBe('recorded')
    expect((await ledger.record(signal)).outcome).toBe('duplicate')
    expect(await ledger.eventsOf(ada)).toMatchObject([{ type: 'OptedOut', data: { claim: 1 } }])
  })

  test('leaves a copy without its original, which the retry finishes without doubling it', async () => {
    const folder = tempFolder()
    const ada = newPhone()
    const customer = { kind: 'external-id', value: `customer of ${ada.value}` }
    const signal = acts.stop(ada, { externalId: customer.value })
    const death = await recordAndDie(folder, 1, signal)
    expect(death).toMatchObject({ signal: 'SIGKILL', stdout: '' })

    const ledger = await openTestLedger({ folder })
    expect(await ledger.eventsOf(customer)).toHaveLength(2)
    expect(await ledger.eventsOf(ada)).toEqual([])
    expect((await ledger.record(signal)).outcome).toBe('recorded')
    for (const key of [ada, customer]) {
      const types = (await ledger.eventsOf(key)).map(({ type }) => type)
      expect(types).toEqual(['OptedOut', 'AddressLinked'])
    }
  })
})
