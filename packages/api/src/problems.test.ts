import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { problemCodes } from '@ledger/domain'
import { Outage, outageCodes } from '@ledger/ledger'
import type { OutageCode } from '@ledger/ledger'
import type { AppDeps } from './app-deps.ts'
import { errorsHtml, errorsMarkdown } from './errors-page.ts'
import { failureOf } from './failure-of.ts'
import { problemTable } from './problem-table.ts'
import { ask, cloudEvent, marketing, phone } from './testing/client.ts'
import { everyDoor } from './testing/fake-doors.ts'
import type { TestLedger } from './testing/test-ledger.ts'
import { openTestLedger } from './testing/test-ledger.ts'

let ledger: TestLedger
let failing: (() => never) | null = null
beforeAll(async () => {
  ledger = await openTestLedger((deps): Partial<AppDeps> => {
    const record: AppDeps['ledger']['record'] = async (signal) =>
      failing === null ? deps.ledger.record(signal) : failing()
    // As after its longest wait, which nobody here wants to sit out.
    const waitFor = () => Promise.reject(new Outage('not-yet-visible'))
    const visibility = { ...deps.queries.visibility, waitFor }
    const queries = { ...deps.queries, visibility }
    return { ...everyDoor(), ledger: { ...deps.ledger, record }, queries }
  })
  await ask(ledger.app, 'PUT', '/v1/groups/offers', { body: marketing })
})
afterAll(() => ledger.close())

/** A value that must never come back. */
const secret = 'hunter2'
const address = phone('+12025550101')
const signal = () => cloudEvent('opt-in', { address, scope: { group: 'offers' } })

test.each(Object.keys(outageCodes) as OutageCode[])(
  'an outage %s is 503 with a time to wait',
  async (code) => {
    failing = () => {
      throw new Outage(code, { cause: new Error(secret) })
    }
    const answer = await ask(ledger.app, 'POST', '/v1/signals', { body: signal() })
    failing = null
    expect(answer.status).toBe(503)
    expect(answer.json['code']).toBe(code)
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    expect(answer.text).not.toContain(secret)
  },
)

test('a bug is 500, says nothing of itself, and is told to the log', async () => {
  failing = () => {
    throw new TypeError(`cannot read ${secret}`)
  }
  const answer = await ask(ledger.app, 'POST', '/v1/signals', { body: signal() })
  failing = null
  expect(answer.status).toBe(500)
  expect(answer.json['code']).toBe('internal')
  expect(answer.text).not.toContain(secret)
  const line = ledger.logged.find((each) => each.includes('"internal"'))
  expect(JSON.parse(line ?? '')).toMatchObject({
    level: 'error',
    route: '/v1/signals',
    status: 500,
  })
})

test('a running rebuild is not started again', async () => {
  expect((await ask(ledger.app, 'POST', '/v1/rebuild')).json['state']).toBe('running')
  const again = await ask(ledger.app, 'POST', '/v1/rebuild')
  expect(again.status).toBe(409)
  expect(again.json['code']).toBe('rebuild-running')
})

test('a position that is not visible in time is 503', async () => {
  const atLeast = `${ledger.deps.reader.logId}-9999999999999999`
  const body = { group: 'offers', addresses: [address], atLeast }
  const answer = await ask(ledger.app, 'POST', '/v1/state', { body })
  expect(answer.status).toBe(503)
  expect(answer.json['code']).toBe('not-yet-visible')
})

test('the table holds every code of the law and of the ledger', () => {
  for (const code of [...Object.keys(problemCodes), ...Object.keys(outageCodes)]) {
    expect(problemTable).toHaveProperty(code)
  }
})

test('a position of another store is told from a bug', () => {
  const foreign = Object.assign(new Error('elsewhere'), { name: 'ForeignPosition' })
  expect(failureOf(foreign).code).toBe('foreign-position')
  expect(failureOf(new Error('elsewhere')).code).toBe('internal')
  expect(failureOf('elsewhere').code).toBe('internal')
})

// Written anew by: node packages/api/src/write-errors-page.ts
test('docs/errors.md is what the table says', async () => {
  const page = await readFile(new URL('../../../docs/errors.md', import.meta.url), 'utf8')
  expect(page).toBe(errorsMarkdown())
  for (const code of Object.keys(problemTable)) expect(errorsHtml()).toContain(`id="${code}"`)
})
