import type { Address } from '@ledger/domain'
import { joinReadings, suffixed, unreadable } from '../join-readings.ts'
import { makeSignal } from '../make-signal.ts'
import type { Reading } from '../provider.ts'
import type { InboundText } from '../text-signals.ts'

/** A person as WhatsApp names them: by phone number, by an id of the business's, or by both. */
export type WhatsappUser = {
  /** Digits without a plus. */
  readonly phone: string | undefined
  /** `US.1122334455`; somebody with a user name may have nothing else. */
  readonly userId: string | undefined
}

const phoneShape = /^\d{5,20}$/
const userIdShape = /^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$/

/** Told apart by their shape, because a user id may stand in the field of the number. */
export function whatsappUserOf(...names: readonly (string | undefined)[]): WhatsappUser {
  const bare = names.map((name) => name?.trim().replace(/^\+/, '') ?? '')
  return {
    phone: bare.find((name) => phoneShape.test(name)),
    userId: bare.find((name) => userIdShape.test(name)),
  }
}

export const isNamed = ({ phone, userId }: WhatsappUser): boolean =>
  phone !== undefined || userId !== undefined

/** Ids end the same for the same key, whether the other one came along or not. */
const userIdSuffix = 'user-id'

const addressOf = (value: string): Address => ({ kind: 'whatsapp-user', value })

/** Says the same under each key of a person: whoever asks by either must find it. */
export function underEachKey(
  { phone, userId }: WhatsappUser,
  read: (key: Address) => Reading,
): Reading {
  return joinReadings([
    ...(phone === undefined ? [] : [read(addressOf(phone))]),
    ...(userId === undefined ? [] : [suffixed(read(addressOf(userId)), userIdSuffix)]),
  ])
}

/** One link between two keys; timed where it is an act, untimed where it is a state. */
type Link = {
  readonly urn: string
  readonly id: string
  readonly from: string
  readonly to: string
  readonly relation: 'same-person' | 'successor'
  readonly claimedAt?: string | undefined
}

function linkReading({ urn, id, from, to, relation, claimedAt }: Link): Reading {
  const signal = makeSignal({
    urn,
    id,
    action: 'link',
    address: addressOf(from),
    other: addressOf(to),
    relation,
    actor: 'provider',
    method: 'provider-signal',
    clock: claimedAt === undefined ? 'server' : 'provider',
    claimedAt,
    evidence: {},
    isStale: false,
  })
  return { signals: [signal], ignored: [] }
}

/**
 * That both keys are one person's, so that a STOP under the one is heeded under the other. Every
 * message repeats it, and each time under the same id and without a time: it is recorded once.
 */
export function pairReading(urn: string, { phone, userId }: WhatsappUser): Reading {
  if (phone === undefined || userId === undefined) return joinReadings([])
  const id = `${phone}:${userId}:link`
  const link: Link = { urn, id, from: phone, to: userId, relation: 'same-person' }
  const { signals } = linkReading(link)
  return { signals: signals.map((read) => ({ ...read, isRefrain: true })), ignored: [] }
}

/**
 * That one person goes by other keys from now on: opt-outs go along, opt-ins do not. The owner is
 * the same, so that no consent ends (precedence.md section 9.2).
 */
export function successorReading(
  before: WhatsappUser,
  after: WhatsappUser,
  act: Pick<InboundText, 'urn' | 'messageId' | 'claimedAt'>,
): Reading {
  const from = before.phone ?? before.userId
  const links = [after.phone, after.userId].flatMap((to) => {
    if (from === undefined || to === undefined || to === from) return []
    const suffix = to === after.userId ? `:${userIdSuffix}` : ''
    const id = `${act.messageId}:link${suffix}`
    const { urn, claimedAt } = act
    return [linkReading({ urn, id, from, to, relation: 'successor', claimedAt })]
  })
  return links.length === 0 ? unreadable : joinReadings([pairReading(act.urn, before), ...links])
}
