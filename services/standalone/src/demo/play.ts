import { formatInstant } from '@ledger/domain'
import { nowMicros } from '@ledger/runtime'
import type { DemoClient } from './client.ts'
import type { Act, Expectation } from './day.ts'
import { demoGroups } from './day.ts'

export type Outcome = {
  readonly outcome: string
  readonly position?: string
  readonly problem?: { readonly code: string; readonly detail: string }
}

/** An act, what came of it, and whether that was expected. */
export type Played = {
  readonly act: Act
  readonly outcomes: readonly Outcome[]
  readonly counts: Readonly<Record<string, number>>
  readonly isAsExpected: boolean
}

/** Plays the acts one after the other through the HTTP doors. */
export async function play(client: DemoClient, acts: readonly Act[]): Promise<readonly Played[]> {
  for (const [id, group] of Object.entries(demoGroups)) {
    await client.send('PUT', `/v1/groups/${id}`, group)
  }
  const played: Played[] = []
  for (const act of acts) {
    const { results } =
      'csv' in act.send
        ? await client.upload<Results>(`/sources/in-person/${act.send.source}`, act.send.csv)
        : await client.send<Results>('POST', '/v1/signals', act.send.signals)
    const counts = countOutcomes(results)
    played.push({ act, outcomes: results, counts, isAsExpected: isSame(counts, act.expects) })
  }
  return played
}

type Results = { readonly results: readonly Outcome[] }

function countOutcomes(outcomes: readonly Outcome[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { outcome } of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1
  return counts
}

function isSame(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...names].every((name) => (a[name] ?? 0) === (b[name] ?? 0))
}

/** An expectation and what the ledger answers. */
export type Checked = {
  readonly expectation: Expectation
  readonly state: string
  readonly permitted: boolean
  readonly isMet: boolean
}

type Permissions = { readonly results: readonly { permitted: boolean; state: string }[] }

/** Asks the pre-send gate about everybody whose answer is known beforehand. */
export async function check(
  client: DemoClient,
  expectations: readonly Expectation[],
): Promise<readonly Checked[]> {
  const checked: Checked[] = []
  for (const expectation of expectations) {
    const { group, address } = expectation
    const question = { group, addresses: [address], consistency: 'strong' }
    const answer = await client.send<Permissions>('POST', '/v1/permissions', question)
    const window = await client.send<Permissions>('POST', '/v1/permissions', {
      group,
      addresses: [address],
    })
    const [strong] = answer.results
    const [seen] = window.results
    const state = strong?.state ?? 'none'
    const permitted = strong?.permitted ?? false
    const isMet =
      state === expectation.state &&
      permitted === expectation.permitted &&
      seen?.state === state &&
      seen.permitted === permitted
    checked.push({ expectation, state, permitted, isMet })
  }
  return checked
}

/** An event that was recorded and does not count, and why. */
export type Overruled = { readonly type: string; readonly ruleId: string; readonly why: string }

type History = {
  readonly items: readonly {
    readonly kind: string
    readonly type: string
    readonly counts: boolean
    readonly why: string
    readonly ruleId: string | null
  }[]
}

/** The events about these people that do not count, from their timelines. */
export async function overruled(
  client: DemoClient,
  expectations: readonly Expectation[],
): Promise<readonly Overruled[]> {
  const found: Overruled[] = []
  for (const { address } of expectations) {
    const person = await client
      .send<{ subject: string }>('POST', '/v1/subjects/lookup', { address })
      .catch(() => null)
    if (person === null) continue
    const history = await client.get<History>(`/v1/subjects/${person.subject}/history`)
    for (const { kind, type, counts, why, ruleId } of history.items) {
      if (kind === 'event' && !counts) found.push({ type, ruleId: ruleId ?? '', why })
    }
  }
  return found
}

/**
 * Sends signals one by one and measures, in milliseconds, from each acknowledgement to its
 * visibility.
 */
export async function visibleLags(client: DemoClient, count: number): Promise<readonly number[]> {
  const lags: number[] = []
  for (let n = 0; n < count; n += 1) {
    const address = { kind: 'email', value: `visible-${n}@demo.example` }
    const { position } = await client.send<Outcome>('POST', '/v1/signals', {
      specversion: '1.0',
      type: 'subscription.opt-in',
      source: 'urn:acme:web',
      id: `visible-${n}`,
      time: formatInstant(nowMicros()),
      data: {
        ...{ address, scope: { group: 'news-email' }, actor: 'person', method: 'web-form' },
        evidence: { disclosure: 'News by e-mail', formUrl: 'https://acme.example/news' },
      },
    })
    const acknowledgedAt = performance.now()
    await client.send('POST', '/v1/state', {
      group: 'news-email',
      addresses: [address],
      atLeast: position,
    })
    lags.push(performance.now() - acknowledgedAt)
  }
  return lags.sort((a, b) => a - b)
}
