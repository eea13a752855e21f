import type { AddressInfo } from 'node:net'
import { ask, cloudEvent, textOf } from './client.ts'
import type { Json } from './client.ts'
import { openTestLedger } from './test-ledger.ts'
import type { TestLedger } from './test-ledger.ts'

type Fields = Readonly<Record<string, string>>

/** A ledger whose links are used through a real socket, and four groups of one brand. */
export type LinkLedger = TestLedger & {
  readonly mint: (purpose: string, email: string, scope: object) => Promise<string>
  /** A grant by the person's own act. */
  readonly optIn: (email: string, group: string) => Promise<void>
  readonly stateOf: (email: string, group: string) => Promise<string>
  readonly get: (token: string, method?: string) => Promise<Response>
  readonly post: (token: string, fields: Fields | FormData) => Promise<Response>
  readonly postRaw: (token: string, type: string, body: string) => Promise<Response>
  /** Puts the clock of links ahead by this much, or back with 0. */
  readonly setAhead: (micros: number) => void
}

/** What a mailbox provider posts. */
export const oneClick = { 'List-Unsubscribe': 'One-Click' }

const groups = {
  news: { channel: 'email', name: 'News & <views>' },
  deals: { channel: 'email', name: 'Deals' },
  asked: { channel: 'email', name: 'Asked twice', doubleOptIn: true },
  texts: { channel: 'sms', name: 'Texts' },
}

const email = (value: string) => ({ kind: 'email', value })

export async function openLinkLedger(): Promise<LinkLedger> {
  let aheadMicros = 0
  const ledger = await openTestLedger(({ queries }) => ({
    publicUrl: 'https://consent.acme.example',
    queries: { ...queries, now: () => queries.now() + aheadMicros },
  }))
  const { app } = ledger
  await app.listen({ host: '127.0.0.1', port: 0 })
  const origin = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  for (const [id, group] of Object.entries(groups)) {
    const body = { ...group, brand: 'acme', purpose: 'marketing' }
    await ask(app, 'PUT', `/v1/groups/${id}`, { body })
  }
  const firstOf = async (url: string, body: object): Promise<Json | undefined> => {
    const { json } = await ask(app, 'POST', url, { body })
    return (json['results'] as unknown as readonly Json[])[0]
  }
  const send = (token: string, sent: RequestInit) =>
    fetch(`${origin}/u/${token}`, { redirect: 'manual', ...sent })
  return {
    ...ledger,
    mint: async (purpose, value, scope) => {
      const first = await firstOf('/v1/tokens', { purpose, scope, addresses: [email(value)] })
      return textOf(first?.['token'])
    },
    optIn: async (value, group) => {
      const evidence = { disclosure: 'Send me news', formUrl: 'https://acme.example/join' }
      const act = { actor: 'person', method: 'web-form', evidence }
      const body = cloudEvent('opt-in', { address: email(value), scope: { group }, ...act })
      const { json } = await ask(app, 'POST', '/v1/signals', { body })
      if (textOf(json['outcome']) !== 'recorded') throw new Error('not recorded')
    },
    stateOf: async (value, group) => {
      const asked = { group, addresses: [email(value)], consistency: 'strong' }
      return textOf((await firstOf('/v1/state', asked))?.['state'])
    },
    get: (token, method = 'GET') => send(token, { method }),
    post: (token, fields) => {
      const body = fields instanceof FormData ? fields : new URLSearchParams(fields)
      return send(token, { method: 'POST', body })
    },
    postRaw: (token, type, body) => {
      const headers = type === '' ? {} : { 'content-type': type }
      return send(token, { method: 'POST', headers, body: Buffer.from(body) })
    },
    setAhead: (micros) => {
      aheadMicros = micros
    },
  }
}
