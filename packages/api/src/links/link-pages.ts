import { createHash } from 'node:crypto'
import type { Group, ScopeKey } from '@ledger/domain'
import { maskAddress, scopeOfKey } from '@ledger/domain'
import type { Standing } from './link-desk.ts'
import type { Link } from './link-token.ts'

const style = [
  'body{font:1.1em/1.5 system-ui,sans-serif;max-width:36em;margin:2em auto;padding:0 1em}',
  'button{font:inherit;padding:.5em 1em;margin:.5em 0}',
  'fieldset{margin:1em 0}label{display:block}',
].join('')
const styleHash = createHash('sha256').update(style).digest('base64')

/** No script, no picture, nothing from elsewhere; forms go back to where the page came from. */
export const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; ` +
    "base-uri 'none'; frame-ancestors 'none'",
  'x-robots-tag': 'noindex, nofollow',
} as const

/** What a form of ours sends in the field `act`. */
export const pageActs = {
  unsubscribe: 'unsubscribe',
  stopAll: 'stop-all',
  change: 'change',
  confirm: 'confirm',
} as const

/** Names the words of these pages; it stands on record with each choice made on one. */
export const pageVersion = 'ledger-pages-1'

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escape = (text: string): string => text.replace(/[&<>"']/g, (char) => escapes[char] ?? '')

const page = (title: string, ...body: readonly string[]): string =>
  [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    '<meta name="robots" content="noindex,nofollow">',
    `<title>${escape(title)}</title><style>${style}</style></head>`,
    `<body><main><h1>${escape(title)}</h1>`,
    ...body,
    '</main></body></html>',
  ].join('\n')

const paragraph = (text: string): string => `<p>${escape(text)}</p>`

const button = (act: string, label: string): string =>
  `<form method="post"><input type="hidden" name="act" value="${act}">` +
  `<button>${escape(label)}</button></form>`

const channelWords: ReadonlyMap<string, string> = new Map([
  ['email', 'e-mail'],
  ['sms', 'text message'],
  ['mms', 'picture message'],
  ['whatsapp', 'WhatsApp'],
  ['carrier-messaging', 'text message'],
])
const channelWord = (channel: string): string => channelWords.get(channel) ?? channel

/** What somebody says yes to, in words that are kept with the yes. */
export const offerText = ({ name, brand, channel }: Group): string =>
  `Send me "${name}" from ${brand} by ${channelWord(channel)}.`

/** What a scope covers, in words. */
function coverText(key: ScopeKey, group: Group | undefined): string {
  const scope = scopeOfKey(key)
  if ('group' in scope) return group === undefined ? 'these messages' : `"${group.name}"`
  const by = 'family' in scope ? ` by ${channelWord(scope.family)}` : ''
  return 'brand' in scope ? `all messages from ${scope.brand}${by}` : `all messages${by}`
}

/** Before anything is changed: what the button would do. */
export const unsubscribePage = (link: Link, group: Group | undefined): string =>
  page(
    'Unsubscribe',
    paragraph(`Stop ${coverText(link.scope, group)} to ${maskAddress(link.address)}?`),
    button(pageActs.unsubscribe, 'Unsubscribe'),
  )

export const unsubscribedPage = (link: Link, group: Group | undefined): string =>
  page(
    'You are unsubscribed',
    paragraph(`${maskAddress(link.address)} no longer gets ${coverText(link.scope, group)}.`),
  )

/** A page that is only opened confirms nothing: scanners open the links of messages. */
export const confirmPage = (link: Link, group: Group): string =>
  page(
    'Please confirm',
    paragraph(`Somebody asked for this for ${maskAddress(link.address)}: ${offerText(group)}`),
    button(pageActs.confirm, 'Yes, that was me'),
    paragraph('If it was not you, close this page. Nothing will be sent.'),
  )

export const confirmedPage = (group: Group): string =>
  page('Confirmed', paragraph(`You are subscribed to "${group.name}" from ${group.brand}.`))

/** What became of a confirmation that confirms nothing. */
export const unconfirmedPage = (why: 'used' | 'nothing-pending' | 'expired'): string =>
  why === 'used'
    ? page('Thank you', paragraph('This link was used before. There is nothing more to do.'))
    : page(
        'This link has run out',
        paragraph('There is nothing left to confirm. To subscribe, please sign up again.'),
      )

export const invalidPage = (): string =>
  page('This link is not valid', paragraph('It may be cut off. Please open it from the message.'))

export const outagePage = (): string =>
  page('Please try again', paragraph('Your choice could not be kept. Please try again soon.'))

const stateWords: Readonly<Record<Standing['state'], string>> = {
  subscribed: 'You get this.',
  unsubscribed: 'You do not get this.',
  never: 'You do not get this.',
  pending: 'Waiting for you to confirm.',
  expired: 'This has run out.',
  ended: 'You do not get this.',
}

/** What a choice was before it was made; neither where nothing was chosen. */
const chosenOf = (state: Standing['state']): 'in' | 'out' | '' =>
  state === 'subscribed' ? 'in' : state === 'unsubscribed' ? 'out' : ''

function choiceOf({ group, state }: Standing): string {
  const chosen = chosenOf(state)
  const radio = (value: 'in' | 'out', label: string): string =>
    `<label><input type="radio" name="choice.${group.id}" value="${value}"` +
    `${chosen === value ? ' checked' : ''}> ${escape(label)}</label>`
  return [
    `<fieldset><legend>${escape(`${group.name} (${channelWord(group.channel)})`)}</legend>`,
    paragraph(stateWords[state]),
    `<input type="hidden" name="was.${group.id}" value="${chosen}">`,
    radio('in', offerText(group)),
    radio('out', 'Do not send me this.'),
    '</fieldset>',
  ].join('\n')
}

/** All that the link covers, as it is now; `pageId` comes back with what is changed. */
export const preferencesPage = (
  link: Link,
  standings: readonly Standing[],
  pageId: string,
  isChanged: boolean,
): string =>
  page(
    'Your subscriptions',
    ...(isChanged ? [paragraph('Your choices are kept.')] : []),
    paragraph(`What ${maskAddress(link.address)} gets:`),
    '<form method="post">',
    `<input type="hidden" name="act" value="${pageActs.change}">`,
    `<input type="hidden" name="page" value="${escape(pageId)}">`,
    ...standings.map(choiceOf),
    ...(standings.length === 0
      ? [paragraph('There is nothing to choose.')]
      : ['<button>Keep my choices</button>']),
    '</form>',
    button(pageActs.stopAll, 'Stop everything, on every channel'),
  )
