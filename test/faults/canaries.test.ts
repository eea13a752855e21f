import { describe, expect, test } from 'vitest'
import { findInFiles, findInText } from '../support/find-in-files.ts'
import { definitions } from '../support/groups.ts'
import type { Answer } from '../support/http-client.ts'
import { httpClient, putGroups } from '../support/http-client.ts'
import type { CloudEvent } from '../support/signals.ts'
import { acts, email, phone } from '../support/signals.ts'
import { adminKey, startStandalone } from '../support/start-standalone.ts'
import { tempFolder } from '../support/temp-folder.ts'

/** What a client may send that names somebody or opens a door, one for each place it can stand. */
const canaries = {
  phone: '+12025559461',
  email: 'Canary.Bird@Example.org',
  customer: 'customer-canary-5711',
  chat: 'whatsapp-canary-5712',
  garbled: 'canary at the counter, 5713',
  id: 'message-of-canary-5714',
  source: 'urn:canary-5715:web',
  said: 'please stop, canary 5716',
  ip: '203.0.113.47',
  evidenceKey: 'canary-5717',
  extension: 'canary-5718',
  agent: 'canary-agent-5719',
  cookie: 'session=canary-5720',
  forwarded: '203.0.113.48',
  wrongKey: 'sl_canary5721_secret',
  query: 'canary-5722@example.org',
  path: 'canary-5723',
  refusedPhone: '+12025559462',
  refusedText: 'canary 5724 was shown this',
  malformed: 'canary-5725',
  field: 'canary5726',
  tillPhone: '+12025559463',
  lookedUp: '+12025559464',
} as const
const named = Object.values(canaries)
const spellings = [
  ...named,
  canaries.email.toLowerCase(),
  ...named.filter((each) => each.startsWith('+')).map((each) => each.slice(1)),
]

const [ada, byMail] = [phone(canaries.phone), email(canaries.email)]
const evidence = {
  formUrl: 'https://acme.example/join',
  disclosure: 'Yes, send me offers.',
  ip: canaries.ip,
  text: canaries.said,
  [canaries.evidenceKey]: true,
}
const envelope = { id: canaries.id, source: canaries.source, traceparent: canaries.extension }
const refusedEvidence = { ...evidence, disclosure: canaries.refusedText }

/** All that is recorded, repeated, quarantined, in conflict or refused. */
const signals: readonly CloudEvent[] = [
  acts.webOptIn(ada, 'offers', { evidence, envelope, externalId: canaries.customer }),
  acts.webOptIn(ada, 'offers', { evidence, envelope, externalId: canaries.customer }),
  acts.stop(ada, { evidence: { text: canaries.said }, envelope }),
  acts.webOptIn(byMail, 'news', { evidence: { ip: canaries.ip } }),
  acts.link(ada, { other: byMail, relation: 'same-person' }),
  acts.stop({ kind: 'whatsapp-user', value: canaries.chat }),
  acts.stop(phone(canaries.garbled)),
  acts.optOut(byMail, 'nowhere', { evidence }),
  acts.webOptIn(phone(canaries.refusedPhone), 'nowhere', { evidence: refusedEvidence }),
  acts.webOptIn(phone(canaries.garbled), 'offers', { evidence: refusedEvidence }),
  acts.apiOptIn(ada, 'offers', { [canaries.field]: canaries.malformed }),
  acts.apiOptIn(ada, 'offers', { method: canaries.malformed.toUpperCase() }),
]

const headers = {
  'user-agent': canaries.agent,
  cookie: canaries.cookie,
  'x-forwarded-for': canaries.forwarded,
  referer: `https://acme.example/?who=${canaries.query}`,
}

describe('a busy run', () => {
  test('leaves nobody in clear in any file, log, metric or refusal', async () => {
    const folder = tempFolder()
    const ledger = await startStandalone(folder, { LOG_LEVEL: 'trace' })
    const client = httpClient(ledger.address)
    await putGroups(client, definitions)
    const ask = async (method: string, path: string, more: RequestInit = {}): Promise<Answer> => {
      const authorization = `Bearer ${adminKey}`
      const response = await fetch(`${ledger.address}${path}`, {
        method,
        ...more,
        headers: { authorization, 'content-type': 'application/json', ...headers, ...more.headers },
        signal: AbortSignal.timeout(10_000),
      })
      return { status: response.status, text: await response.text(), json: null }
    }
    const post = (path: string, body: unknown) => ask('POST', path, { body: JSON.stringify(body) })
    const answers: Answer[] = []
    for (const signal of signals) answers.push(await post('/v1/signals', signal))
    answers.push(await post('/v1/signals', signals))
    const rows = [
      'item_id,phone,group,action',
      `${canaries.id},${canaries.tillPhone},offers,opt-in`,
      `2,${canaries.malformed},offers,opt-in`,
      `3,${canaries.tillPhone},${canaries.malformed} ${canaries.malformed},opt-out`,
    ]
    answers.push(
      await ask('POST', `/sources/in-person/${canaries.path}`, {
        body: rows.join('\r\n'),
        headers: { 'content-type': 'text/csv' },
      }),
    )

    const { path, query } = canaries
    const refused = await Promise.all([
      ask('POST', '/v1/signals', { body: `{"${canaries.malformed}":"${canaries.phone}` }),
      post('/v1/state', { group: canaries.malformed, addresses: [ada], [canaries.field]: 1 }),
      post('/v1/subjects/lookup', { address: phone(canaries.lookedUp) }),
      post('/v1/subjects/lookup', { address: canaries.lookedUp }),
      ask('GET', '/v1/groups', { headers: { authorization: `Bearer ${canaries.wrongKey}` } }),
      ask('GET', `/v1/subjects/${path}/history`),
      ask('GET', `/v1/subjects/${encodeURIComponent(canaries.phone)}/history?who=${query}`),
      ask('GET', `/v1/groups/${path}?cursor=${query}`),
      ask('GET', `/v1/groups/offers/members?cursor=${query}`),
      ask('GET', `/v1/changes?after=${query}`),
      ask('GET', `/${path}?${query}`),
      ask('DELETE', `/v1/keys/${path}`),
      post(`/v1/keys/${path}/revoke`, {}),
    ])
    for (const { status, text } of refused) {
      expect(status).toBeGreaterThanOrEqual(400)
      expect(status).toBeLessThan(500)
      expect(findInText('the refusal', text, spellings)).toEqual([])
    }
    expect(answers.map(({ status }) => status)).not.toContain(500)
    for (const question of ['/v1/state', '/v1/permissions']) {
      expect((await post(question, { group: 'offers', addresses: [ada, byMail] })).status).toBe(200)
    }
    expect((await post('/v1/subjects/lookup', { address: ada })).status).toBe(200)
    expect(await ask('POST', '/v1/rebuild')).toMatchObject({ status: 200 })
    const metrics = await ask('GET', '/metrics')
    expect(findInText('the metrics', metrics.text, spellings)).toEqual([])
    expect(findInFiles(folder, spellings)).toEqual([])

    ledger.send('SIGTERM')
    expect((await ledger.ended).code).toBe(0)
    const { stdout, stderr } = ledger.said()
    expect(stderr).toContain('persons were read')
    expect(findInText('the log', stdout + stderr, spellings)).toEqual([])
    expect(findInFiles(folder, spellings)).toEqual([])
  })
})

describe('what stands in clear, as SECURITY.md says', () => {
  test('is the text shown, the method and the scope of what was recorded, and nowhere but in the log and its view', async () => {
    const folder = tempFolder()
    const clear = ['text-of-canary-6711', 'method-of-canary-6712', 'group-of-canary-6713'] as const
    const [disclosure, method, group] = clear
    const ledger = await startStandalone(folder, { LOG_LEVEL: 'trace' })
    const client = httpClient(ledger.address)
    await putGroups(client, definitions)
    const shown = { disclosure, formUrl: 'https://acme.example/join' }
    await client.post([
      acts.webOptIn(ada, 'offers', { evidence: shown }),
      acts.optOut(ada, group),
      acts.apiOptIn(ada, 'offers', { method }),
    ])
    ledger.send('SIGTERM')
    await ledger.ended
    const found = findInFiles(folder, clear)
    for (const text of clear) expect(found.join('\n')).toContain(`log.db holds ${text} as it is`)
    expect(found.filter((line) => !/^(log|read-model-1)\.db/.test(line))).toEqual([])
    const { stdout, stderr } = ledger.said()
    expect(findInText('the log', stdout + stderr, clear)).toEqual([])
  })
})
