import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask } from '../testing/client.ts'
import type { ProviderSample, Signed } from '../testing/provider-samples.ts'
import { publicUrl } from '../testing/provider-samples.ts'
import type { ProviderLedger } from '../testing/provider-ledger.ts'
import { allSamples, openProviderLedger } from '../testing/provider-ledger.ts'

/** Real requests, broken in hundreds of ways, at every provider's door. */
let ledger: ProviderLedger
beforeAll(async () => {
  ledger = await openProviderLedger()
})
afterAll(() => ledger.close())

const numRuns = 150

const oddTexts = ['"', '{', '[', '%', '&', '=', '\\u0000', 'null', '-1', '1e999', '__proto__']
const oddBytes = fc.oneof(
  fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom(...oddTexts).map((text) => Buffer.from(text)),
)

type Edit = readonly [{ readonly at: number; readonly length: number }, Buffer]
const edit: fc.Arbitrary<Edit> = fc.tuple(
  fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), length: fc.nat(12) }),
  oddBytes,
)
const edits = fc.array(edit, { minLength: 1, maxLength: 3 })

/** A body with some bytes cut out and others put in, up to three times. */
const breakBody = (body: Buffer, made: readonly Edit[]): Buffer =>
  made.reduce((bytes, [{ at, length }, put]) => {
    const from = Math.floor(at * bytes.length)
    return Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(from + length)])
  }, body)

const pathOf = ({ provider }: ProviderSample) => `/sources/${provider}/of-${provider}`
const sign = (sample: ProviderSample, body: Buffer): Signed =>
  sample.signed(publicUrl + pathOf(sample), body)

async function send(sample: ProviderSample, { headers, body }: Signed): Promise<number> {
  const { contentType: type } = sample
  const answer = await ask(ledger.app, 'POST', pathOf(sample), { key: null, body, type, headers })
  if (answer.status >= 500) throw new Error(`${answer.text} ${ledger.logged.at(-1) ?? ''}`)
  return answer.status
}
const head = () => ledger.deps.reader.head()

describe.each(allSamples)('$provider', (sample) => {
  const bodies = sample.bodies.map((text) => Buffer.from(text))
  const anyBody = fc.constantFrom(...bodies)

  test('is believed as it is, and a repeat adds nothing', async () => {
    for (const body of bodies) {
      const before = await head()
      expect(await send(sample, sign(sample, body))).toBe(200)
      const after = await head()
      expect(after).not.toBe(before)
      expect(await send(sample, sign(sample, body))).toBe(200)
      expect(await head()).toBe(after)
    }
  })

  test('signed, but broken, is never our fault', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(anyBody, edits, async (body, made) => {
        const status = await send(sample, sign(sample, breakBody(body, made)))
        expect([200, 401, 403]).toContain(status)
      }),
      { numRuns },
    )
  })

  test('changed after it was signed is never an event', { timeout: 60_000 }, async () => {
    const before = await head()
    const isSigned = sample.source['basic'] === undefined && sample.coversBody !== false
    const oddHeader = fc.stringMatching(/^[!-~]{0,40}$/)
    await fc.assert(
      fc.asyncProperty(anyBody, edits, fc.option(oddHeader), async (body, made, odd) => {
        const signed = sign(sample, body)
        const changed = breakBody(signed.body, made)
        // Nothing that base64 reads differently, nor the credential of whom signs nothing.
        fc.pre(isSigned ? !changed.equals(signed.body) : odd !== null)
        const [name = 'x-none'] = Object.keys(signed.headers)
        const headers = odd === null ? signed.headers : { ...signed.headers, [name]: odd }
        await send(sample, { headers, body: changed })
      }),
      { numRuns },
    )
    expect(await head()).toBe(before)
  })
})
