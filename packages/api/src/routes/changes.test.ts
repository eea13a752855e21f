import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AppDeps } from '../app-deps.ts'
import { adminKey, openTestLedger } from '../testing/test-ledger.ts'
import type { TestLedger } from '../testing/test-ledger.ts'
import { ask, cloudEvent, marketing, phone, textOf } from '../testing/client.ts'

let ledger: TestLedger
let url: string
let reads = 0
beforeAll(async () => {
  ledger = await openTestLedger((deps): Partial<AppDeps> => {
    const changes: AppDeps['readModel']['changes'] = (after, limit) => {
      reads += 1
      return deps.readModel.changes(after, limit)
    }
    return { readModel: { ...deps.readModel, changes } }
  })
  for (const id of ['offers', 'news'])
    await ask(ledger.app, 'PUT', `/v1/groups/${id}`, { body: marketing })
  await ledger.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = ledger.app.server.address() as AddressInfo
  url = `http://127.0.0.1:${port}/v1/changes`
})
afterAll(() => ledger.close())

let lastPhone = 2_025_550_200
/** Somebody opts in to a group and it is visible. */
async function optIn(group = 'offers', address = phone(`+1${(lastPhone += 1)}`)) {
  const body = cloudEvent('opt-in', { address, scope: { group } })
  const { json } = await ask(ledger.app, 'POST', '/v1/signals', { body })
  const atLeast = json['position']
  await ask(ledger.app, 'POST', '/v1/state', { body: { group, addresses: [address], atLeast } })
  return address
}

type Item = { readonly cursor: string; readonly group: string; readonly state: string }
const page = async (query: string) => {
  const { json } = await ask(ledger.app, 'GET', `/v1/changes${query}`)
  const items = json['items'] as unknown as readonly Item[]
  return { items, cursor: json['cursor'] as unknown as string | null, json }
}

/** Reads a stream until `isEnough`, then goes away; gives what was sent. */
async function listen(
  isEnough: (text: string) => boolean,
  headers: Readonly<Record<string, string>> = {},
  query = '',
): Promise<string> {
  const gone = new AbortController()
  const answer = await fetch(`${url}${query}`, {
    headers: { authorization: `Bearer ${adminKey}`, accept: 'text/event-stream', ...headers },
    signal: gone.signal,
  })
  expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  expect(answer.headers.get('cache-control')).toBe('no-store')
  if (answer.body === null) throw new Error('expected a stream')
  let text = ''
  for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
    text += chunk
    if (isEnough(text)) break
  }
  gone.abort()
  return text
}

const events = (text: string) => text.match(/^event: change$/gm)?.length ?? 0
const idsIn = (text: string) => [...text.matchAll(/^id: (.+)$/gm)].map(([, id = '']) => id)

describe('as pages', () => {
  test('every change is told in order, and the cursor goes on from there', async () => {
    const address = await optIn()
    await optIn('news', address)
    const stop = cloudEvent('opt-out', { address, scope: { family: 'sms' } })
    const { json: stopped } = await ask(ledger.app, 'POST', '/v1/signals', { body: stop })
    const body = { group: 'offers', addresses: [address], atLeast: stopped['position'] }
    await ask(ledger.app, 'POST', '/v1/state', { body })

    const { items, cursor, json } = await page('')
    expect(items.slice(-4)).toMatchObject([
      { group: 'offers', previousState: 'never', state: 'subscribed' },
      { group: 'news', previousState: 'never', state: 'subscribed' },
      { previousState: 'subscribed', state: 'unsubscribed' },
      { previousState: 'subscribed', state: 'unsubscribed' },
    ])
    expect(json['freshness']).toMatchObject({ withinWindow: true })
    const cursors = items.map((item) => item.cursor)
    expect(cursors).toEqual([...new Set(cursors)].sort())
    expect(cursor).toBe(cursors.at(-1))
    // One STOP, one position, two changes.
    expect(new Set(cursors.slice(-2).map((each) => each.split('.')[0])).size).toBe(1)
    expect(cursors.at(-1)).toMatch(/\.\d{6}$/)

    const after = await page(`?after=${cursors.at(-2)}`)
    expect(after.items).toEqual(items.slice(-1))
    const end = await page(`?after=${textOf(cursor)}`)
    expect(end).toMatchObject({ items: [], cursor })
  })

  test('page by page it is the same feed', async () => {
    const whole = (await page('?limit=1000')).items
    const read: Item[] = []
    let after = ''
    for (;;) {
      const { items, cursor } = await page(`?limit=1${after === '' ? '' : `&after=${after}`}`)
      if (items.length === 0) break
      read.push(...items)
      after = cursor ?? ''
    }
    expect(read).toEqual(whole)
  })
})

describe('as a stream', () => {
  test('what is there comes at once, what happens then comes as it happens', async () => {
    const before = (await page('?limit=1000')).items
    const streaming = listen((text) => events(text) > before.length)
    await optIn()
    const text = await streaming
    expect(idsIn(text).slice(0, before.length)).toEqual(before.map(({ cursor }) => cursor))
    const last = (await page('?limit=1000')).items.at(-1)
    expect(text).toContain(`id: ${last?.cursor}\nevent: change\ndata: ${JSON.stringify(last)}\n\n`)
  })

  test('a client that comes back goes on after the last event it saw', async () => {
    const { items } = await page('?limit=1000')
    const [seen, next] = items.slice(-2)
    const headers = { 'last-event-id': seen?.cursor ?? '' }
    // The header says more than the address that the client began with.
    const text = await listen((sent) => events(sent) > 0, headers, `?after=${items[0]?.cursor}`)
    expect(idsIn(text)).toEqual([next?.cursor])
  })

  test('an outage ends the stream, so that the client comes back', async () => {
    const { readModel } = ledger.deps
    const answer = await fetch(url, {
      headers: { authorization: `Bearer ${adminKey}`, accept: 'text/event-stream' },
    })
    const changes = readModel.changes
    Object.assign(readModel, { changes: () => Promise.reject(new Error('away')) })
    expect(await answer.text()).toContain('event: change')
    Object.assign(readModel, { changes })
    expect(ledger.logged.join('')).toContain('a stream of changes ended early')
  })

  test('when the client goes away nothing is read for it any more', async () => {
    const durations = async () =>
      (await ledger.deps.metrics.text()).match(/^.*_count.*"\/v1\/changes",status="200".*$/m)?.[0]
    await page('')
    const before = await durations()
    expect(before).toBeDefined()
    await listen((text) => events(text) > 0)
    // How long it listened is no duration of a request.
    expect(await durations()).toBe(before)
    // Longer than two polls: one may be under way.
    await new Promise((resolve) => setTimeout(resolve, 450))
    const then = reads
    await new Promise((resolve) => setTimeout(resolve, 450))
    expect(reads).toBe(then)
  })

  test('closing the app ends the streams and does not wait for their clients', async () => {
    const own = await openTestLedger()
    await own.app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = own.app.server.address() as AddressInfo
    const answer = await fetch(`http://127.0.0.1:${port}/v1/changes`, {
      headers: { authorization: `Bearer ${adminKey}`, accept: 'text/event-stream' },
    })
    const text = answer.text()
    const startedAt = performance.now()
    await own.close()
    expect(performance.now() - startedAt).toBeLessThan(2_000)
    expect(await text).toContain(': changes')
  })

  test('HEAD opens no stream', async () => {
    const headers = { accept: 'text/event-stream' }
    expect((await ask(ledger.app, 'HEAD', '/v1/changes', { headers })).status).toBe(404)
  })
})
