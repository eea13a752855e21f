import type { Address } from '@ledger/domain'
import { normaliseAddress } from '@ledger/domain'
import type * as z from 'zod'
import { emailStatusBodySchema, setBodySchema, setGroupSchema } from '../schemas/braze.ts'
import { refusalOf } from '../zod-refusal.ts'
import type { Act, Complaint, Entry, Person, ReadBody, Tie } from './entry.ts'
import { brazeLimits, notBoth, refuseBody, tooManyExternalIds, tooManyIds } from './entry.ts'

/** The first thing wrong with a part of a body: the field, and what was expected there. */
export function faultOf(error: z.ZodError, where: string): string {
  const { extras } = refusalOf(error, where)
  return `${extras.field}: ${extras.detail}`
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Who acted, how and what shows it, as it stands in an object. */
export function actOf(object: unknown): Act {
  if (!isObject(object)) return {}
  const { actor, method, evidence } = object
  return {
    ...(actor !== undefined && { actor }),
    ...(method !== undefined && { method }),
    ...(evidence !== undefined && { evidence }),
  }
}

/** The ids of one group, under the names that they have there. */
type Named = {
  readonly external: readonly [name: string, ids: readonly string[]]
  readonly email: readonly [name: string, ids: readonly string[]]
  readonly phone: readonly [name: string, ids: readonly string[]]
}

type NamedPerson = { readonly path: string; readonly person: Person }

/**
 * The people that ids name. One external id beside one address is one person, under both keys (ADR
 * 4). In longer lists nothing says which belongs to which, so each id speaks for itself.
 */
function peopleOf({ external, email, phone }: Named): readonly NamedPerson[] {
  const [externalName, externalIds] = external
  const addresses = [
    ...email[1].map((value, index) => ({ path: `${email[0]}[${index}]`, kind: 'email', value })),
    ...phone[1].map((value, index) => ({ path: `${phone[0]}[${index}]`, kind: 'phone', value })),
  ]
  const [address] = addresses
  const [externalId] = externalIds
  const isPair = externalIds.length === 1 && addresses.length === 1
  if (isPair && address !== undefined && externalId?.trim() !== '') {
    const { path, kind, value } = address
    return [{ path, person: { externalId, addresses: [{ kind, value }] } }]
  }
  return [
    ...externalIds.map((id, index) => ({
      path: `${externalName}[${index}]`,
      person: { externalId: id, addresses: [] },
    })),
    ...addresses.map(({ path, kind, value }) => ({
      path,
      person: { addresses: [{ kind, value }] },
    })),
  ]
}

/** Why these ids cannot be taken, in Braze's words; null when they can. */
function faultOfIds({ external, email, phone }: Named): string | null {
  if (email[1].length > 0 && phone[1].length > 0) return notBoth
  if (external[1].length > brazeLimits.idsMax) return tooManyExternalIds
  if (email[1].length > brazeLimits.idsMax || phone[1].length > brazeLimits.idsMax) {
    return tooManyIds
  }
  if (external[1].length + email[1].length + phone[1].length > 0) return null
  return `One of ${external[0]}, ${email[0]} or ${phone[0]} must be provided`
}

type SetGroup = Pick<
  z.output<typeof setGroupSchema>,
  'subscription_group_id' | 'subscription_state' | 'use_double_opt_in_logic'
>

function entriesOf(group: SetGroup, named: Named, act: Act, prefix: string): readonly Entry[] {
  return peopleOf(named).map(({ path, person }) => ({
    path: `${prefix}${path}`,
    state: group.subscription_state,
    group: group.subscription_group_id,
    person,
    act,
    asksToConfirm: group.use_double_opt_in_logic === true,
  }))
}

const isReadable = (address: Address): boolean => normaliseAddress(address).isParsable

/** The people that came under two keys. */
const tiesOf = (entries: readonly Entry[]): readonly Tie[] =>
  entries.flatMap(({ path, person: { externalId, addresses } }) =>
    externalId === undefined
      ? []
      : addresses.filter(isReadable).map((from) => ({ path, externalId, from })),
  )

/** Reads the body of `POST /subscription/status/set`: one group. */
export function readSet(body: unknown): ReadBody {
  const parsed = setBodySchema.safeParse(body)
  if (!parsed.success) return refuseBody(faultOf(parsed.error, 'body'))
  const { external_id: external, email, phone } = parsed.data
  const named: Named = {
    external: ['external_id', external],
    email: ['email', email],
    phone: ['phone', phone],
  }
  const fault = faultOfIds(named)
  if (fault !== null) return refuseBody(fault)
  const entries = entriesOf(parsed.data, named, actOf(body), '')
  return { ok: true, entries, ties: tiesOf(entries), complaints: [] }
}

/**
 * Reads the body of `POST /v2/subscription/status/set`: several groups. A group that cannot be read
 * is named and leaves the others as they are; what Braze refuses as a whole is refused as a whole.
 */
export function readSetMany(body: unknown): ReadBody {
  const groups = isObject(body) ? body['subscription_groups'] : undefined
  if (!Array.isArray(groups) || groups.length === 0) {
    return refuseBody('subscription_groups: expected a list of at least one group')
  }
  if (groups.length > brazeLimits.groupsMax) return refuseBody(tooManyIds)
  const entries: Entry[] = []
  const complaints: Complaint[] = []
  const kinds = new Set<string>()
  for (const [index, each] of (groups as readonly unknown[]).entries()) {
    const path = `subscription_groups[${index}]`
    const parsed = setGroupSchema.safeParse(each)
    if (!parsed.success) {
      complaints.push({ path, text: faultOf(parsed.error, 'group') })
      continue
    }
    const { external_ids: external, emails, phones } = parsed.data
    const named: Named = {
      external: ['external_ids', external],
      email: ['emails', emails],
      phone: ['phones', phones],
    }
    if (emails.length > 0) kinds.add('email')
    if (phones.length > 0) kinds.add('phone')
    const fault = kinds.size > 1 ? notBoth : faultOfIds(named)
    if (fault === tooManyIds || fault === tooManyExternalIds || fault === notBoth) {
      return refuseBody(fault)
    }
    if (fault !== null) complaints.push({ path, text: fault })
    else
      entries.push(...entriesOf(parsed.data, named, { ...actOf(body), ...actOf(each) }, `${path}.`))
    if (entries.length > brazeLimits.entriesMax) return refuseBody(tooManyIds)
  }
  return { ok: true, entries, ties: tiesOf(entries), complaints }
}

/** Reads the body of `POST /email/status`: the global state of e-mail addresses. */
export function readEmailStatus(body: unknown): ReadBody {
  const parsed = emailStatusBodySchema.safeParse(body)
  if (!parsed.success) return refuseBody(faultOf(parsed.error, 'body'))
  const { email, subscription_state: state } = parsed.data
  if (email.length === 0) return refuseBody('email: expected at least one e-mail address')
  if (email.length > brazeLimits.idsMax) return refuseBody(tooManyIds)
  const act = actOf(body)
  const entries = email.map((value, index): Entry => ({
    path: `email[${index}]`,
    state: state === 'unsubscribed' ? 'unsubscribed' : 'subscribed',
    group: null,
    person: { addresses: [{ kind: 'email', value }] },
    act,
    asksToConfirm: false,
  }))
  return { ok: true, entries, ties: [], complaints: [] }
}
