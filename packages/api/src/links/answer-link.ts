import type { Group, GroupId, ScopeKey } from '@ledger/domain'
import { scopeKey, scopeOfKey } from '@ledger/domain'
import type { AppDeps } from '../app-deps.ts'
import type { Browser, LinkDesk, PageSeen } from './link-desk.ts'
import * as pages from './link-pages.ts'
import type { Link } from './link-token.ts'
import { isExpired } from './link-token.ts'
import type { SentForm } from './read-form.ts'

/** What a link is answered with; the outcome is a word of ours for the counter. */
export type LinkAnswer = {
  readonly status: number
  readonly html: string
  readonly outcome: string
  /** For a program, that wants no page. */
  readonly isPlain?: boolean
}

/** Whose hand pressed the button, and under which address the page stood, without its token. */
export type Pressed = { readonly browser: Browser; readonly formUrl: string }

/** Both reject with an `Outage` when something is out of reach. */
export type LinkAnswers = {
  /** Changes nothing. */
  readonly show: (link: Link) => Promise<LinkAnswer>
  /** Does what a button of a page says, and shows the page where it says nothing. */
  readonly act: (link: Link, form: SentForm, pressed: Pressed) => Promise<LinkAnswer>
}

const everything = 'all' as ScopeKey
const shown = (html: string): LinkAnswer => ({ status: 200, html, outcome: 'shown' })

export function openLinkAnswers(
  { ledger, queries }: Pick<AppDeps, 'ledger' | 'queries'>,
  desk: LinkDesk,
): LinkAnswers {
  const hasExpired = (link: Link): boolean => isExpired(link, queries.now())
  const groupOf = (scope: ScopeKey): Group | undefined => {
    const read = scopeOfKey(scope)
    return 'group' in read ? ledger.groups.get(read.group as GroupId) : undefined
  }

  const preferences = async (link: Link, isChanged: boolean): Promise<LinkAnswer> => {
    const standings = await desk.standings(link)
    const html = pages.preferencesPage(link, standings, String(queries.now()), isChanged)
    return { status: 200, html, outcome: isChanged ? 'changed' : 'shown' }
  }

  const show = async (link: Link): Promise<LinkAnswer> => {
    const group = groupOf(link.scope)
    // What has run out shows nothing of the person any more, but still lets her leave.
    if (link.purpose === 'preferences' && !hasExpired(link)) return preferences(link, false)
    if (link.purpose !== 'confirm') return shown(pages.unsubscribePage(link, group))
    if (group !== undefined && !hasExpired(link)) return shown(pages.confirmPage(link, group))
    return { status: 410, html: pages.unconfirmedPage('expired'), outcome: 'expired' }
  }

  const leave = async (link: Link, scope: ScopeKey, browser: Browser): Promise<LinkAnswer> => {
    await desk.optOut(link, scope, 'web-page', browser)
    const html = pages.unsubscribedPage({ ...link, scope }, groupOf(scope))
    return { status: 200, html, outcome: 'opted-out' }
  }

  const change = async (link: Link, form: SentForm, pressed: Pressed): Promise<LinkAnswer> => {
    const pageId = /^\d{1,17}$/.exec(form.get('page') ?? '')?.[0] ?? String(queries.now())
    const seen = { ...pressed, formVersion: pages.pageVersion, pageId }
    await makeChoices(desk, link, form, seen, hasExpired(link))
    return hasExpired(link) ? show(link) : preferences(link, true)
  }

  const confirm = async (link: Link, { browser, formUrl }: Pressed): Promise<LinkAnswer> => {
    const group = groupOf(link.scope)
    if (hasExpired(link) || group === undefined) return show(link)
    const outcome = await desk.confirm(link, browser, formUrl)
    const isDone = outcome === 'confirmed'
    const html = isDone ? pages.confirmedPage(group) : pages.unconfirmedPage(outcome)
    return { status: 200, html, outcome }
  }

  return {
    show,
    act: async (link, form, pressed) => {
      const [asked, { purpose }] = [form.get('act'), link]
      const { unsubscribe, stopAll, change: changing, confirm: confirming } = pages.pageActs
      if (asked === unsubscribe) return leave(link, link.scope, pressed.browser)
      if (purpose === 'preferences' && asked === stopAll) {
        return leave(link, everything, pressed.browser)
      }
      if (purpose === 'preferences' && asked === changing) return change(link, form, pressed)
      if (purpose === 'confirm' && asked === confirming) return confirm(link, pressed)
      return show(link)
    },
  }
}

/**
 * Records each choice that is another than the page showed: one that was left as it was says
 * nothing, however old the page is. A link that has run out only lets out.
 */
async function makeChoices(
  desk: LinkDesk,
  link: Link,
  form: SentForm,
  seen: PageSeen,
  mayOnlyLeave: boolean,
): Promise<void> {
  for (const { group } of await desk.standings(link)) {
    const [wants, was] = [form.get(`choice.${group.id}`), form.get(`was.${group.id}`)]
    if (wants === was) continue
    if (wants === 'out') {
      await desk.optOut(link, scopeKey({ group: group.id }), 'web-page', seen.browser)
    }
    if (wants === 'in' && !mayOnlyLeave) {
      await desk.choose(link, group, pages.offerText(group), seen)
    }
  }
}
