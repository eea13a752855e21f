import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, marketing, textOf } from '../testing/client.ts'
import type { TestLedger } from '../testing/test-ledger.ts'
import { openTestLedger } from '../testing/test-ledger.ts'

let ledger: TestLedger
beforeAll(async () => {
  ledger = await openTestLedger()
})
afterAll(() => ledger.close())

const put = (id: string, body: object = marketing) =>
  ask(ledger.app, 'PUT', `/v1/groups/${id}`, { body })
const get = (path: string) => ask(ledger.app, 'GET', `/v1/groups${path}`)

test('a group is made with its defaults, and says where it was written', async () => {
  const { status, json } = await put('offers')
  expect(status).toBe(200)
  const { position, ...group } = json
  expect(group).toEqual({
    id: 'offers',
    ...marketing,
    senders: [],
    doubleOptIn: false,
    confirmWithinDays: 30,
    archived: false,
  })
  expect(textOf(position)).toContain(ledger.deps.reader.logId)
  expect((await get('/offers')).json).toEqual(group)
})

test('saying the same again writes nothing, saying something new changes it', async () => {
  await put('news')
  expect((await put('news')).json['position']).toBe(null)
  const changed = await put('news', { ...marketing, name: 'News', senders: ['12345'] })
  expect(changed.json).toMatchObject({ name: 'News', senders: ['12345'] })
  expect(changed.json['position']).not.toBe(null)
})

test('channel, brand and purpose never change', async () => {
  await put('fixed')
  const { status, json } = await put('fixed', { ...marketing, purpose: 'transactional' })
  expect(status).toBe(409)
  expect(json).toMatchObject({ code: 'fixed-field', field: 'purpose' })
  expect((await get('/fixed')).json['purpose']).toBe('marketing')
})

test('a group is archived and reopened', async () => {
  await put('season')
  const archived = await ask(ledger.app, 'POST', '/v1/groups/season/archive')
  expect(archived.json).toMatchObject({ id: 'season', archived: true })
  const reopened = await ask(ledger.app, 'POST', '/v1/groups/season/reopen')
  expect(reopened.json).toMatchObject({ id: 'season', archived: false })
  expect((await ask(ledger.app, 'POST', '/v1/groups/season/reopen')).json['position']).toBe(null)
})

test('many groups made at once are all made', async () => {
  const ids = Array.from({ length: 40 }, (_, index) => `many-${String(index).padStart(2, '0')}`)
  const answers = await Promise.all(ids.map((id) => put(id)))
  expect(answers.map(({ status }) => status)).toEqual(ids.map(() => 200))
})

test('groups are listed by id, page by page', async () => {
  const ids: string[] = []
  let cursor: unknown = ''
  while (typeof cursor === 'string') {
    const { json } = await get(`?limit=7${cursor === '' ? '' : `&cursor=${cursor}`}`)
    const items = json['items'] as unknown as readonly { readonly id: string }[]
    ids.push(...items.map(({ id }) => id))
    cursor = json['cursor']
  }
  expect(ids).toEqual([...new Set(ids)].sort())
  expect(ids).toContain('many-39')
  expect(ids).toEqual(ledger.deps.ledger.groups.list().map(({ id }) => id))
})

test.each(['constructor', 'toString', 'a'.repeat(128)])(
  '%s is a name like any other',
  async (id) => {
    expect((await get(`/${id}`)).status).toBe(404)
    expect((await put(id)).status).toBe(200)
    expect((await get(`/${id}`)).json['id']).toBe(id)
  },
)

test.each(['__proto__', 'a'.repeat(129), 'a%2Fb', 'a%00b', '%F0%9F%92%8C'])(
  '%s is no name for a group',
  async (id) => {
    expect((await put(id)).status).toBe(400)
    expect((await get(`/${id}`)).status).toBe(404)
  },
)
