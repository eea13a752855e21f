import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isBrazePath } from './braze/failure.ts'
import type { Schema } from './testing/arbitrary-of-schema.ts'
import { arbitraryOf } from './testing/arbitrary-of-schema.ts'
import { ask, marketing } from './testing/client.ts'
import { everyDoor } from './testing/fake-doors.ts'
import { spoiled } from './testing/spoiled.ts'
import type { TestLedger } from './testing/test-ledger.ts'
import { openTestLedger } from './testing/test-ledger.ts'

/** How many bodies are sent; `npm run fuzz` sends a hundred thousand. */
const bodies = Number(process.env['FUZZ_BODIES'] ?? 5_000)
const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 1_000_000)

type Operation = {
  readonly parameters?: readonly { readonly in: string; readonly name: string }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }
}
type Document = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}
type Method = Parameters<typeof ask>[1]
type Sent = {
  readonly method: Method
  readonly url: string
  readonly type: string
  readonly body: string
}

/** What names a person in the bodies, and must be in no log, no metric and no error. */
const canaries = ['+12025550188', 'canary.bird@example.org', 'canary-4711', '203.0.113.77']
const anyText = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...canaries) },
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('', ' ', '\0', '\ud800', '__proto__', 'constructor', '9'.repeat(300), '%2e%2e'),
)
const texts = {
  kind: fc.constantFrom('phone', 'email', 'external-id', 'whatsapp-user'),
  group: fc.constantFrom('offers', 'none'),
  id: fc.constantFrom('offers', 'canary-4711', '01900000-0000-7000-8000-000000000000'),
  name: fc.constantFrom('till', 'canary-4711'),
  // Many people, so that the story of each stays short.
  value: fc.nat({ max: 9_999 }).map((nth) => `+1202556${String(nth).padStart(4, '0')}`),
  externalId: fc.nat({ max: 9_999 }).map((nth) => `customer ${nth}`),
  claimedAt: fc.constantFrom('2026-01-01T00:00:00Z'),
}

let ledger: TestLedger
let sent: fc.Arbitrary<Sent>
beforeAll(async () => {
  ledger = await openTestLedger(everyDoor)
  await ask(ledger.app, 'PUT', '/v1/groups/offers', { body: marketing })
  const { json } = await ask(ledger.app, 'GET', '/openapi.json')
  sent = fc.oneof(...doorsOf(json as unknown as Document))
})
afterAll(() => ledger.close())

/** A request at each door that takes a body, by what the document says of it. */
function doorsOf({ paths, components }: Document): fc.Arbitrary<Sent>[] {
  const reader = { components: components.schemas, texts, anyText }
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, { requestBody, parameters = [] }]) =>
      Object.entries(requestBody?.content ?? {}).map(([type, { schema }]) => {
        const inPath = parameters.filter(({ in: where }) => where === 'path')
        const names = fc.record(
          Object.fromEntries(inPath.map(({ name }) => [name, nameInPath(name)])),
        )
        return fc.tuple(names, spoiled(arbitraryOf(schema, reader))).map(([named, body]): Sent => {
          const url = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => named[name] ?? '')
          return { method: method.toUpperCase() as Method, url, type, body }
        })
      }),
    ),
  )
}

const nameInPath = (name: string): fc.Arbitrary<string> =>
  name === 'name' || name === 'id' ? texts[name].map(encodeURIComponent) : fc.constant('x')

const headOf = () => ledger.deps.reader.head()

/** True when nothing of the body was taken: it was refused whole, or each of its items was. */
function isRefused(status: number, json: unknown): boolean {
  if (status !== 200) return true
  const { outcome, results } = json as { outcome?: string; results?: { outcome?: string }[] }
  const outcomes = results?.map((each) => each.outcome) ?? [outcome]
  return outcomes.every((each) => each === 'invalid')
}

function expectNobodyIn(text: string, where: string): void {
  for (const canary of canaries) {
    if (text.includes(canary)) throw new Error(`${where} holds ${canary}: ${text.slice(0, 500)}`)
  }
}

test(
  `${bodies} bodies by the OpenAPI document, half of them spoiled, find no fault of ours`,
  { timeout: 60_000 + bodies * 20 },
  async () => {
    const statuses = new Map<number, number>()
    const property = fc.asyncProperty(
      fc.array(sent, { minLength: 20, maxLength: 20 }),
      async (all) => {
        for (const { method, url, type, body } of all) {
          const before = await headOf()
          const { status, json, text } = await ask(ledger.app, method, url, { type, body })
          statuses.set(status, (statuses.get(status) ?? 0) + 1)
          if (status >= 500) throw new Error(`${text} ${ledger.logged.at(-1) ?? ''}`)
          if (status >= 400) expectNobodyIn(text, 'the refusal')
          // An opt-out is recorded at the doors for Braze whatever they say against the rest.
          if (isBrazePath(url)) continue
          if (isRefused(status, json)) expect(await headOf()).toBe(before)
        }
        // The id of a group that is defined names nobody, and says which export was made.
        const logged = ledger.logged
          .splice(0)
          .join('')
          .replaceAll(/"group":"[^"]*"/g, '')
        expectNobodyIn(logged, 'the log')
      },
    )
    await fc.assert(property, { seed, numRuns: Math.ceil(bodies / 20), endOnFailure: true })
    expectNobodyIn(await ledger.deps.metrics.text(), 'the metrics')
    // Both the taken and the refused were among them.
    expect(statuses.get(200) ?? 0).toBeGreaterThan(bodies / 20)
    expect(statuses.get(400) ?? 0).toBeGreaterThan(bodies / 20)
  },
)

test.each([
  ['/v1/state', 1, 413],
  ['/v1/permissions', 1, 413],
  ['/v1/signals', 8, 413],
  ['/sources/in-person/till', 8, 413],
] as const)('a body of more than %s reads is refused, not read', async (url, mebibytes, status) => {
  const body = `[${'1,'.repeat(mebibytes * 512 * 1024)}1]`
  const before = await headOf()
  expect((await ask(ledger.app, 'POST', url, { body })).status).toBe(status)
  expect(await headOf()).toBe(before)
})
