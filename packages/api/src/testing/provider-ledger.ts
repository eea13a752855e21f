import { Outage } from '@ledger/ledger'
import type { Source } from '@ledger/sources'
import { providers, readSources } from '@ledger/sources'
import type { Answer } from './client.ts'
import { ask, marketing } from './client.ts'
import { providerSamples, publicUrl, secret, snsCertificate } from './provider-samples.ts'
import { webSamples } from './web-samples.ts'
import type { TestLedger } from './test-ledger.ts'
import { openTestLedger } from './test-ledger.ts'

export const allSamples = [...providerSamples, ...webSamples]

/** A source of each provider, `of-<provider>`. */
export function sampleSources(): readonly Source[] {
  const file = Object.fromEntries(
    allSamples.map(({ provider, source }) => [
      `of-${provider}`,
      { provider, brand: 'acme', ...source },
    ]),
  )
  const read = readSources(JSON.stringify({ sources: file }), { SECRET: secret }, providers)
  if (!read.ok) throw new Error(JSON.stringify(read.faults))
  return read.sources
}

let nextPerson = 0
/** The digits of a phone that nobody has used. */
export const newPerson = (): string => `1555556${String((nextPerson += 1)).padStart(4, '0')}`

export const form = (fields: Readonly<Record<string, string>>): string =>
  new URLSearchParams(fields).toString()
export const vonageIds = { 'api-key': 'abcd', to: '15555550100' }

/** A ledger with a source of each provider, and one group that owns the sender of the samples. */
export type ProviderLedger = TestLedger & {
  /** Sends a body as its provider signs it. */
  readonly send: (provider: string, body: string) => Promise<Answer>
  readonly stateOf: (digits: string) => Promise<unknown>
  /** While true, the store is out of reach. */
  readonly setDown: (isDown: boolean) => void
  /** The URLs that were fetched. */
  readonly fetched: readonly string[]
}

export async function openProviderLedger(): Promise<ProviderLedger> {
  let isDown = false
  const fetched: string[] = []
  const fetchText = async (url: string): Promise<string> => {
    fetched.push(url)
    return snsCertificate
  }
  const ledger = await openTestLedger(({ ledger: base }) => {
    const record: typeof base.record = (signal) =>
      isDown ? Promise.reject(new Outage('unavailable')) : base.record(signal)
    return { sources: sampleSources(), fetchText, ledger: { ...base, record } }
  })
  const group = { ...marketing, senders: ['+15555550100'] }
  await ask(ledger.app, 'PUT', '/v1/groups/offers', { body: group })
  const send = (provider: string, body: string): Promise<Answer> => {
    const sample = allSamples.find((each) => each.provider === provider)
    if (sample === undefined) throw new Error(`no sample of ${provider}`)
    const path = `/sources/${provider}/of-${provider}`
    const { headers, body: signed } = sample.signed(publicUrl + path, Buffer.from(body))
    const type = sample.contentType
    return ask(ledger.app, 'POST', path, { key: null, body: signed, type, headers })
  }
  const stateOf = async (digits: string): Promise<unknown> => {
    const addresses = [{ kind: 'phone', value: `+${digits}` }]
    const body = { group: 'offers', addresses, consistency: 'strong' }
    const { json } = await ask(ledger.app, 'POST', '/v1/state', { body })
    return json['results']?.['0']?.['state']
  }
  const setDown = (down: boolean): void => {
    isDown = down
  }
  return { ...ledger, send, stateOf, setDown, fetched }
}
