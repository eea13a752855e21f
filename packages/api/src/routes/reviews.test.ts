import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { EventId, SubjectId } from '@ledger/domain'
import { subjectStream } from '@ledger/domain'
import { Outage } from '@ledger/ledger'
import type { Json } from '../testing/client.ts'
import { ask, cloudEvent, marketing, phone, textOf } from '../testing/client.ts'
import type { TestLedger } from '../testing/test-ledger.ts'
import { openTestLedger } from '../testing/test-ledger.ts'

let ledger: TestLedger
let reviewer = ''
let isKeepingBroken = false
beforeAll(async () => {
  ledger = await openTestLedger(({ desk }) => ({
    desk: {
      ...desk,
      decideReview: async (...decision) => {
        if (isKeepingBroken) throw new Outage('unavailable')
        await desk.decideReview(...decision)
      },
    },
  }))
  reviewer = await ledger.keyFor(['review'])
  await ask(ledger.app, 'PUT', '/v1/groups/offers', { body: marketing })
})
afterAll(() => ledger.close())

const scope = { group: 'offers' }
const carrier = { brand: 'acme', family: 'carrier-messaging' }
const get = (url: string) => ask(ledger.app, 'GET', url, { key: reviewer })
const decide = (id: string, body: object) =>
  ask(ledger.app, 'POST', `/v1/reviews/${id}`, { key: reviewer, body })
const send = async (body: unknown) => (await ask(ledger.app, 'POST', '/v1/signals', { body })).json
const itemsOf = (json: Json) => json['items'] as unknown as readonly Json[]

async function permission(value: string, atLeast?: unknown): Promise<Json> {
  const body = { group: 'offers', addresses: [phone(value)], atLeast }
  const { json } = await ask(ledger.app, 'POST', '/v1/permissions', { body })
  return (json['results'] as unknown as readonly Json[])[0] ?? {}
}

async function historyOf(value: string): Promise<readonly Json[]> {
  const address = phone(value)
  const found = await ask(ledger.app, 'POST', '/v1/subjects/lookup', { body: { address } })
  return itemsOf((await get(`/v1/subjects/${textOf(found.json['subject'])}/history`)).json)
}

/** Opts in, then writes something that may be an opt-out; gives the id of its review. */
async function suspect(value: string): Promise<string> {
  const evidence = { disclosure: 'Yes.', formUrl: 'https://acme.example/join' }
  const by = { actor: 'person', method: 'web-form', evidence }
  await send(cloudEvent('opt-in', { address: phone(value), scope, ...by }))
  const { eventId, position } = await send(
    cloudEvent('intent-suspected', {
      address: phone(value),
      scope: carrier,
      evidence: { text: 'pls no more' },
    }),
  )
  expect(await permission(value, position)).toMatchObject({ permitted: false, reason: 'held' })
  return textOf(eventId)
}

describe('a text that may be an opt-out', () => {
  test('is read in full by a reviewer, and by nobody else', async () => {
    const id = await suspect('+12025550150')
    const { json } = await get(`/v1/reviews/${id}`)
    expect(json).toMatchObject({
      kind: 'intent-suspected',
      decided: null,
      said: { source: 'urn:test', address: '+12025550150', evidence: { text: 'pls no more' } },
    })
    const auditor = await ledger.keyFor(['audit'])
    expect((await ask(ledger.app, 'GET', `/v1/reviews/${id}`, { key: auditor })).status).toBe(403)
    const list = await ask(ledger.app, 'GET', '/v1/reviews', { key: auditor })
    expect(list.text).not.toContain('pls')
    expect(ledger.logged.join('')).toContain('review opened')
    expect(ledger.logged.join('')).not.toContain('2025550150')
  })

  test('was one: the opt-out is recorded, dated as the text, and the hold ends', async () => {
    const id = await suspect('+12025550151')
    const { status, json } = await decide(id, { decision: 'opt-out' })
    expect(status).toBe(200)
    expect(json).toMatchObject({ id, decided: { decision: 'opt-out' } })
    const recorded = textOf(json['decided']?.['eventId'])
    await vi.waitFor(async () =>
      expect(await permission('+12025550151')).toMatchObject({ reason: 'unsubscribed' }),
    )
    const history = await historyOf('+12025550151')
    expect(history).toMatchObject([
      { type: 'OptedIn', counts: false },
      { type: 'IntentSuspected', counts: false },
      { type: 'IntentResolved', actor: 'staff', method: 'review' },
      { type: 'OptedOut', authority: 'person', counts: true, ruleId: 'P11' },
    ])
    const [, text, resolved, optOut] = history
    expect(resolved?.['eventId']).toBe(recorded)
    expect(optOut?.['effectiveAt']).toBe(text?.['effectiveAt'])
  })

  test('was none: the hold ends and nothing else changes', async () => {
    const id = await suspect('+12025550152')
    await decide(id, { decision: 'not-opt-out' })
    await vi.waitFor(async () =>
      expect(await permission('+12025550152')).toMatchObject({ permitted: true }),
    )
  })

  test('decided twice is decided once, by whoever and whenever that was', async () => {
    const id = await suspect('+12025550153')
    const first = await decide(id, { decision: 'opt-out' })
    const again = await decide(id, { decision: 'opt-out' })
    expect(again.json).toEqual(first.json)
    const keys = await ask(ledger.app, 'GET', '/v1/keys')
    const ids = itemsOf(keys.json).map((key) => key['id'])
    expect(ids).toContain(first.json['decided']?.['by'])
    expect(await historyOf('+12025550153')).toHaveLength(4)
  })

  test('a hasty "it was none" can be changed; an opt-out cannot', async () => {
    const id = await suspect('+12025550154')
    await decide(id, { decision: 'not-opt-out' })
    const { json } = await decide(id, { decision: 'opt-out' })
    expect(json['decided']).toMatchObject({ decision: 'opt-out' })
    const back = await decide(id, { decision: 'not-opt-out' })
    expect([back.status, back.json['code']]).toEqual([409, 'review-decided'])
    await vi.waitFor(async () =>
      expect(await permission('+12025550154')).toMatchObject({ reason: 'unsubscribed' }),
    )
  })

  test('is recorded also when a producer has used the id of the finding before', async () => {
    const id = await suspect('+12025550158')
    const keys = itemsOf((await ask(ledger.app, 'GET', '/v1/keys')).json)
    const own = keys.find(({ scopes }) => scopes?.['0'] === ('review' as unknown))
    const by = textOf(own?.['id'])
    const source = 'urn:ledger:reviews'
    const theirs = { address: phone('+12025550159'), scope: carrier }
    await send(cloudEvent('intent-resolved', theirs, { source, id: `${id}/opt-out/${by}` }))
    await decide(id, { decision: 'opt-out' })
    const types = (await historyOf('+12025550158')).map(({ type }) => textOf(type))
    expect(types).toContain('OptedOut')
  })

  test('two who decide at once leave the opt-out on the list and in the log', async () => {
    for (const value of ['+12025550156', '+12025550157']) {
      const id = await suspect(value)
      const both = ['opt-out', 'not-opt-out'].map((decision) => decide(id, { decision }))
      const hasty = ['not-opt-out', 'opt-out'].map((decision) => decide(id, { decision }))
      await Promise.all([...both, ...hasty])
      expect((await get(`/v1/reviews/${id}`)).json['decided']).toMatchObject({
        decision: 'opt-out',
      })
      const types = (await historyOf(value)).map(({ type }) => textOf(type as Json))
      expect(types.filter((type) => type === 'OptedOut')).toHaveLength(1)
    }
  })

  test('a decision whose keeping failed is finished by the next try, and recorded once', async () => {
    const id = await suspect('+12025550155')
    isKeepingBroken = true
    expect((await decide(id, { decision: 'opt-out' })).status).toBe(503)
    isKeepingBroken = false
    const { json } = await decide(id, { decision: 'opt-out' })
    const types = (await historyOf('+12025550155')).map(({ type }) => type)
    expect(types.filter((type) => textOf(type) === 'OptedOut')).toHaveLength(1)
    expect(json['decided']).toMatchObject({ decision: 'opt-out' })
    expect(textOf(json['decided']?.['eventId'])).toMatch(/^[0-9a-f-]{36}$/)
  })
})

describe('an address that cannot be read', () => {
  const optOut = (value: string) =>
    send(cloudEvent('opt-out', { address: phone(value), scope, actor: 'person' }))

  test('is given by the reviewer, and the opt-out is recorded under it', async () => {
    const value = '+12025550160'
    await send(cloudEvent('opt-in', { address: phone(value), scope }))
    const id = textOf((await optOut('o2O2 555 ol6o'))['eventId'])
    expect((await get(`/v1/reviews/${id}`)).json['said']).toMatchObject({
      address: 'o2O2 555 ol6o',
    })
    const bad = await decide(id, { decision: 'address', address: phone('555') })
    expect(bad).toMatchObject({ status: 400, json: { field: 'address.value' } })
    const { json } = await decide(id, { decision: 'address', address: phone(value) })
    await vi.waitFor(async () =>
      expect(await permission(value)).toMatchObject({
        reason: 'unsubscribed',
        decisiveEventId: json['decided']?.['eventId'],
      }),
    )
    expect((await historyOf(value)).at(-1)).toMatchObject({ authority: 'person', actor: 'person' })
    const dismissed = await decide(id, { decision: 'dismissed' })
    expect(dismissed.status).toBe(409)
  })

  test('a second one is recorded as well: no opt-out is lost to the first', async () => {
    const id = textOf((await optOut('ring me'))['eventId'])
    for (const value of ['+12025550161', '+12025550162', '+12025550161']) {
      expect((await decide(id, { decision: 'address', address: phone(value) })).status).toBe(200)
      await vi.waitFor(async () =>
        expect(await permission(value)).toMatchObject({ reason: 'unsubscribed' }),
      )
    }
  })

  test('may be dismissed, and leaves the list of the open ones', async () => {
    const id = textOf((await optOut('nobody'))['eventId'])
    const { json } = await decide(id, { decision: 'dismissed' })
    expect(json['decided']).toMatchObject({ decision: 'dismissed', eventId: null })
    const idsOf = async (query: string) =>
      itemsOf((await get(`/v1/reviews${query}`)).json).map((item) => item['id'])
    expect(await idsOf('')).not.toContain(id)
    expect(await idsOf('?status=decided&limit=1000')).toContain(id)
  })
})

describe('a parked event', () => {
  async function park(value: string): Promise<string> {
    await send(cloudEvent('opt-in', { address: phone(value), scope }))
    const body = { address: phone(value) }
    const found = await ask(ledger.app, 'POST', '/v1/subjects/lookup', { body })
    const stream = subjectStream(textOf(found.json['subject']) as SubjectId)
    const { at: recordedAt } = await ledger.deps.ledger.fence()
    const event = { id: randomUUID() as EventId, type: 'OptedOut', schemaVersion: 99, recordedAt }
    const appended = await ledger.store.append(stream, [{ ...event, data: {}, sealed: null }])
    const position = appended.ok ? textOf(appended.placed[0]?.position) : ''
    await vi.waitFor(async () => expect((await get(`/v1/reviews/${position}`)).status).toBe(200))
    return position
  }

  test('stays held, and says that a newer version is needed, while it cannot be read', async () => {
    const position = await park('+12025550170')
    const url = `/v1/parked/${position}/retry`
    const retried = await ask(ledger.app, 'POST', url)
    expect(retried.json).toMatchObject({ position, outcome: 'unknown-version' })
    expect(retried.json['detail']).toContain('install')
    const { json } = await decide(position, { decision: 'retry' })
    expect(json).toMatchObject({ decided: null, retry: { outcome: 'unknown-version' } })
    await decide(position, { decision: 'keep-held' })
    expect(await permission('+12025550170')).toMatchObject({ reason: 'held' })
    const list = await ask(ledger.app, 'GET', '/v1/parked')
    const listed = itemsOf(list.json).find((item) => textOf(item['position']) === position)
    expect(listed).toMatchObject({ reason: 'unknown-version', attempts: 5 })
    // Held for now, it can be tried again by the version that can read it.
    expect((await decide(position, { decision: 'retry' })).json['retry']).toBeDefined()
  })

  test('is listed page by page', async () => {
    await park('+12025550171')
    await park('+12025550172')
    const all = itemsOf((await ask(ledger.app, 'GET', '/v1/parked')).json)
    const paged: Json[] = []
    let cursor: Json | undefined
    do {
      const after: string = cursor === undefined ? '' : `&cursor=${textOf(cursor)}`
      const { json } = await ask(ledger.app, 'GET', `/v1/parked?limit=1${after}`)
      paged.push(...itemsOf(json))
      cursor = json['cursor'] ?? undefined
    } while (cursor !== undefined)
    expect(paged.length).toBeGreaterThan(1)
    expect(paged).toEqual(all)
  })
})

test('a decision that does not fit the review is refused', async () => {
  const id = await suspect('+12025550180')
  for (const decision of ['dismissed', 'retry', 'keep-held']) {
    const { status, json } = await decide(id, { decision })
    expect(status).toBe(400)
    expect(json).toMatchObject({ field: 'decision' })
  }
})

test.each([
  ['POST', '/v1/reviews/nobody', { decision: 'dismissed' }, 'unknown-review'],
  ['GET', '/v1/reviews/nobody', undefined, 'unknown-review'],
] as const)('%s %s is 404', async (method, url, body, code) => {
  const { status, json } = await ask(ledger.app, method, url, body === undefined ? {} : { body })
  expect([status, json['code']]).toEqual([404, code])
})

test('a position at which nothing is parked is 404, and one of another log is refused', async () => {
  const { logId } = ledger.deps.reader
  const at = (position: string) => ask(ledger.app, 'POST', `/v1/parked/${position}/retry`)
  const unknown = await at(`${logId}-0000000000009999`)
  expect([unknown.status, unknown.json['code']]).toEqual([404, 'unknown-parked-event'])
  expect((await at('other-0000000000000001')).json['code']).toBe('foreign-position')
  expect((await at('nowhere')).json['code']).toBe('invalid-request')
})
