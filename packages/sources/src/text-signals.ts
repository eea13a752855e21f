import type { Action, Address, Channel, Evidence, Group, Micros, Scope } from '@ledger/domain'
import { familyOf } from '@ledger/domain'
import { keywordsVersion } from './keywords/keyword-lists.ts'
import type { TextReading } from './keywords/read-text.ts'
import { readText } from './keywords/read-text.ts'
import type { Said } from './make-signal.ts'
import { makeSignal } from './make-signal.ts'
import type { ReadContext, Reading } from './provider.ts'
import { nothingSaid } from './provider.ts'

/** What a provider itself made of a text. */
export type ProviderFlag = 'STOP' | 'START' | 'HELP'

/** One text of a person to a sender of ours, out of whichever format. */
export type InboundText = {
  /** `urn:<provider>:<account>`. */
  readonly urn: string
  readonly messageId: string
  readonly from: Address
  readonly externalId?: string | undefined
  readonly channel: Channel
  /** Our number, short code or account, as the provider names it. */
  readonly to: string
  readonly text: string
  readonly flag?: ProviderFlag | undefined
  readonly method: 'sms-keyword' | 'chat-keyword' | 'chat-button'
  /** When the provider says that it received the text, RFC 3339; absent when it says nothing. */
  readonly claimedAt?: string | undefined
  /** Of an untimed text: the longest time that the provider goes on delivering. */
  readonly delayMicrosMax?: Micros | undefined
  /** When an opt-in by it ends by itself, RFC 3339. */
  readonly validUntil?: string | undefined
  /** What shows the act besides. */
  readonly evidence?: Evidence | undefined
}

/** The same sender in every spelling: with a plus or without, in capitals or not. */
const senderKey = (sender: string): string => sender.replace(/[^\p{L}\p{N}]/gu, '').toLowerCase()

/** Groups are looked through for each message, and what they own does not change under them. */
const sendersOfGroup = new WeakMap<Group, ReadonlySet<string>>()

function isSenderOf(group: Group, key: string): boolean {
  const known = sendersOfGroup.get(group) ?? new Set(group.senders.map(senderKey))
  sendersOfGroup.set(group, known)
  return known.has(key)
}

/** The groups that own a sender, by id: what is said to it is said to them. */
export function groupsOfSender(
  { groups }: Pick<ReadContext, 'groups'>,
  channel: Channel,
  sender: string,
): readonly Group[] {
  const [key, family] = [senderKey(sender), familyOf(channel)]
  if (key === '') return []
  return groups.filter((group) => group.family === family && isSenderOf(group, key))
}

/** What one text becomes. */
export function textSignals(inbound: InboundText, context: ReadContext): Reading {
  return actSignals(inbound, readFlagged(inbound, context), context)
}

/** What one part of a longer text shows by itself: it may mean an opt-out, and is never one. */
export function suspicionOf(inbound: InboundText, context: ReadContext): Reading {
  const reading = readText(inbound.text, context.source.keywordTable)
  const isSuspect = reading.meaning === 'suspected'
  return isSuspect ? actSignals(inbound, reading, context) : nothingSaid('part')
}

/**
 * The provider's flag wins over our own reading, because its keywords may be anybody's own; only a
 * word that means an opt-out to us is one whatever the flag says.
 */
function readFlagged({ text, flag }: InboundText, { source }: ReadContext): TextReading {
  const own = readText(text, source.keywordTable)
  if (flag === undefined || own.meaning === 'opt-out') return own
  const meaning = ({ STOP: 'opt-out', START: 'resume', HELP: 'help' } as const)[flag]
  return { meaning, ruleId: `flag/${flag}`, normalised: own.normalised }
}

/** What an act becomes that was read already, from a text or from the button that was pressed. */
export function actSignals(
  inbound: InboundText,
  reading: TextReading,
  context: ReadContext,
): Reading {
  const aims = aimsOf(inbound, reading, context)
  return aims.length === 0
    ? nothingSaid(reading.meaning)
    : signalsFor(aims, inbound, reading, context)
}

/**
 * An act about the marketing of a brand's whole family and about no group by itself: it stops or
 * lifts, and never grants.
 */
export function familySignals(
  action: 'opt-in' | 'opt-out',
  inbound: InboundText,
  ruleId: string,
  context: ReadContext,
): Reading {
  const owners = groupsOfSender(context, inbound.channel, inbound.to)
  const aims = wideScopes(inbound, owners, context).map((place) => ({ action, ...place }))
  return signalsFor(aims, inbound, { ruleId }, context)
}

function signalsFor(
  aims: readonly Aim[],
  inbound: InboundText,
  reading: Grounds,
  context: ReadContext,
): Reading {
  const signals = aims.map(({ action, element, scope }) => {
    const id = [inbound.messageId, action, ...(element === null ? [] : [element])].join(':')
    const until = action === 'opt-in' ? { validUntil: inbound.validUntil } : {}
    return makeSignal({ ...saidBy(inbound, reading, context), ...until, id, action, scope })
  })
  return { signals, ignored: [] }
}

/** One signal of an act: what, and about what. */
type Aim = {
  readonly action: Action
  /** The group or brand, where the act has several signals; null for the act's own. */
  readonly element: string | null
  readonly scope: Scope
}

/**
 * STOP and START are about the brand's whole family and about each group of the sender: the first
 * reaches what nobody thought of, the second also what is not marketing, and grants (P9, P12).
 */
function aimsOf(inbound: InboundText, reading: TextReading, context: ReadContext): readonly Aim[] {
  const owners = groupsOfSender(context, inbound.channel, inbound.to)
  const wide = wideScopes(inbound, owners, context)
  const narrow = owners.map(({ id }): Pick<Aim, 'element' | 'scope'> => {
    return { element: id, scope: { group: id } }
  })
  const each = (action: Action, places: readonly Pick<Aim, 'element' | 'scope'>[]) =>
    places.map((place) => ({ action, ...place }))
  switch (reading.meaning) {
    case 'opt-out':
      return each('opt-out', [...wide, ...narrow])
    case 'resume':
      return each('opt-in', [...wide, ...narrow])
    case 'affirmative':
      return each('affirmative', narrow.length > 0 ? narrow : wide)
    case 'suspected':
      return each('intent-suspected', wide)
    case 'command': {
      const { action = 'opt-in', group } = reading.command ?? {}
      if (group !== undefined) return [{ action, element: group, scope: { group } }]
      return each(action, action === 'opt-out' ? [...wide, ...narrow] : narrow)
    }
    case 'help':
    case 'ordinary':
      return []
  }
}

/** The brands whose sender it is, else the source's own, each with the family of the channel. */
function wideScopes(
  { channel }: InboundText,
  owners: readonly Group[],
  { source }: ReadContext,
): readonly Pick<Aim, 'element' | 'scope'>[] {
  const family = familyOf(channel)
  const brands = owners.length === 0 ? [source.brand] : owners.map(({ brand }) => brand)
  return [...new Set(brands)].map((brand) => {
    return { element: brand === source.brand ? null : brand, scope: { brand, family } }
  })
}

/** Why an act is read as it is. */
type Grounds = Pick<TextReading, 'ruleId' | 'command'>

function saidBy(
  inbound: InboundText,
  reading: Grounds,
  { isStale }: ReadContext,
): Omit<Said, 'id' | 'action' | 'scope'> {
  const { urn, from, externalId, claimedAt, delayMicrosMax, flag, messageId, to } = inbound
  const isFlagged = reading.ruleId?.startsWith('flag/') === true
  return {
    urn,
    address: from,
    externalId,
    actor: isFlagged ? 'provider' : 'person',
    method: isFlagged ? 'provider-signal' : inbound.method,
    clock: claimedAt === undefined ? 'server' : 'provider',
    claimedAt,
    delayMicrosMax,
    isStale,
    evidence: {
      messageId,
      sender: to,
      text: inbound.text.slice(0, evidenceLengthMax),
      keywordRule: reading.ruleId,
      keywords: keywordsVersion,
      ...(flag === undefined ? {} : { providerFlag: flag }),
      ...(reading.command?.disclosure === undefined
        ? {}
        : { disclosure: reading.command.disclosure }),
      ...inbound.evidence,
    },
  }
}

/** Of a longer text this much is kept. */
const evidenceLengthMax = 1_600
