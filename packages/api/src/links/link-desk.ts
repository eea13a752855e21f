import type { Group, ScopeKey, State } from '@ledger/domain'
import { familyOfKind, scopeCovers, scopeKey, scopeOfKey } from '@ledger/domain'
import type { LookupAnswer } from '@ledger/read-models'
import { lookUp } from '@ledger/read-models'
import type { AppDeps } from '../app-deps.ts'
import type { Caller } from '../keys.ts'
import type { ItemOutcome, SignalDesk } from '../take-signals.ts'
import { readItem } from '../take-signals.ts'
import type { Link } from './link-token.ts'

/** The CloudEvents source of all that is done by links. */
export const linkSource = 'urn:ledger:links'

const callerOfLinks: Caller = { keyId: 'link', scopes: new Set(['intake']), sources: null }

/** What the browser of a person tells, kept sealed beside her act; of a proxy it says nothing. */
export type Browser = { readonly ip: string; readonly userAgent: string }

/** One group on the page of a person, and how she stands there. */
export type Standing = { readonly group: Group; readonly state: State }

export type Confirmation = 'confirmed' | 'used' | 'nothing-pending'

/** What the holder of a link may do. Every method rejects with an `Outage` when out of reach. */
export type LinkDesk = {
  /** Opts out, always: a link may be old, and its holder may have come back meanwhile. */
  readonly optOut: (link: Link, scope: ScopeKey, method: string, evidence: object) => Promise<void>
  /** Confirms what is pending, once. */
  readonly confirm: (link: Link, browser: Browser, formUrl: string) => Promise<Confirmation>
  /** The groups that the link covers and its address reaches. */
  readonly standings: (link: Link) => Promise<readonly Standing[]>
  /** Opts in to a group, by words that stood beside the choice. */
  readonly choose: (link: Link, group: Group, words: string, page: PageSeen) => Promise<void>
}

/** The page on which a choice was made. */
export type PageSeen = {
  readonly formUrl: string
  readonly formVersion: string
  /** The same for everything sent from one page, so that sending it twice says it once. */
  readonly pageId: string
  readonly browser: Browser
}

type Deps = Pick<AppDeps, 'ledger' | 'queries'>

export function openLinkDesk({ ledger, queries }: Deps, signals: SignalDesk): LinkDesk {
  const say = (link: Link, action: string, id: string, data: object): Promise<ItemOutcome> => {
    const event = {
      specversion: '1.0',
      id,
      source: linkSource,
      type: `subscription.${action}`,
      data: { address: link.address, actor: 'person', ...data },
    }
    return signals.recordOne(readItem(event, true), callerOfLinks)
  }
  const look = (link: Link): Promise<LookupAnswer | null> =>
    lookUp(queries, link.address, { consistency: 'strong' })

  return {
    optOut: async (link, scope, method, evidence) => {
      const tell = (id: string) =>
        say(link, 'opt-out', id, {
          scope: scopeOfKey(scope),
          method,
          evidence: { tokenId: link.id, ...evidence },
        })
      const minute = Math.floor(queries.now() / minuteMicros)
      const { outcome } = await tell(`${link.id}:${scope}:${minute}`)
      // Within a minute a repeat is a retry, unless somebody opted in between the two.
      if (outcome !== 'duplicate' || isOut(await look(link), scope)) return
      await tell(`${link.id}:${scope}:${queries.now()}`)
    },
    confirm: async (link, browser, formUrl) => {
      const data = { scope: scopeOfKey(link.scope), method: 'double-opt-in' }
      const evidence = { tokenId: link.id, formUrl, ...browser }
      // Decided against what is on record, so that a STOP since the request is not undone by it.
      const { outcome } = await say(link, 'affirmative', link.id, { ...data, evidence })
      if (outcome === 'recorded') return 'confirmed'
      return outcome === 'quarantined' ? 'nothing-pending' : 'used'
    },
    standings: async (link) => {
      const scope = scopeOfKey(link.scope)
      const family = familyOfKind(link.address.kind)
      const groups = ledger.groups
        .list()
        .filter((group) => !group.isArchived && scopeCovers(scope, group))
        .filter((group) => family === null || group.family === family)
      const found = await look(link)
      const states = new Map(found?.groups.map(({ group, answer }) => [group.id, answer.state]))
      return groups.map((group) => ({ group, state: states.get(group.id) ?? 'never' }))
    },
    choose: async (link, group, disclosure, { pageId, browser, ...form }) => {
      await say(link, 'opt-in', `${link.id}:${scopeKey({ group: group.id })}:${pageId}`, {
        scope: { group: group.id },
        method: 'web-form',
        evidence: { tokenId: link.id, disclosure, ...form, ...browser },
      })
    },
  }
}

const minuteMicros = 60_000_000

/** True when the person's own opt-out stands in every group that the scope covers. */
function isOut(found: LookupAnswer | null, key: ScopeKey): boolean {
  if (found === null) return false
  const scope = scopeOfKey(key)
  const covered = found.groups.filter(({ group }) => scopeCovers(scope, group))
  return covered.every(
    ({ answer }) => answer.state === 'unsubscribed' && answer.authority === 'person',
  )
}
