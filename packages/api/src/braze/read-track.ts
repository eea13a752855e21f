import type { Address } from '@ledger/domain'
import { normaliseAddress, userAlias } from '@ledger/domain'
import type * as z from 'zod'
import { attributesSchema, emailSubscribeSchema, trackedGroupSchema } from '../schemas/braze.ts'
import type { Act, BodyRefusal, Complaint, Entry, Person, Said, Tie } from './entry.ts'
import { brazeLimits, refuseBody, tooManyIds, tooManyObjects } from './entry.ts'
import { actOf, faultOf } from './read-set.ts'

/** A body of `POST /users/track`, read. */
export type ReadTrack =
  | BodyRefusal
  | ({
      readonly ok: true
      /** How many objects each array held; absent where there was no array. */
      readonly counts: Counts
    } & Said)

type Counts = { readonly [array in TrackedArray]?: number }
export type TrackedArray = 'attributes' | 'events' | 'purchases'
export const trackedArrays: readonly TrackedArray[] = ['attributes', 'events', 'purchases']

const nothingToTrack =
  "Valid data must be provided in the 'attributes', 'events', or 'purchases' fields."
const noIdentifier = 'one of external_id, user_alias, braze_id, email or phone must be provided'

const pathShape = /^attributes\[(\d+)\]\.?(.*)$/

/** Which object of `attributes` a path is in, and what of it. */
export function placeInAttributes(path: string): { readonly index: number; readonly rest: string } {
  const [, index = '0', rest = ''] = pathShape.exec(path) ?? []
  return { index: Number(index), rest }
}

/**
 * Reads a body of `POST /users/track`. Of `attributes` it takes who somebody is and what they are
 * subscribed to; all else, and `events` and `purchases`, is counted and not kept. An object that
 * cannot be read is named and leaves the others as they are.
 */
export function readTrack(body: unknown, { objectsMax = Infinity } = {}): ReadTrack {
  const arrays = new Map<TrackedArray, readonly unknown[]>()
  for (const name of trackedArrays) {
    const sent = (body as Readonly<Record<string, unknown>> | null | undefined)?.[name]
    if (sent === undefined || sent === null) continue
    if (!Array.isArray(sent)) return refuseBody(`${name}: expected a list`)
    if (sent.length > brazeLimits.trackedMax) return refuseBody(tooManyObjects)
    arrays.set(name, sent)
  }
  const total = [...arrays.values()].reduce((sum, { length }) => sum + length, 0)
  if (total === 0) return refuseBody(nothingToTrack)
  if (total > objectsMax) return refuseBody(tooManyObjects)

  const act = actOf(body)
  const read = (arrays.get('attributes') ?? []).map((each, index) =>
    readAttributes(each, index, act),
  )
  const entries = read.flatMap((each) => each.entries)
  if (entries.length > brazeLimits.entriesMax) return refuseBody(tooManyIds)
  return {
    ok: true,
    entries,
    ties: read.flatMap((each) => each.ties),
    complaints: read.flatMap((each) => each.complaints),
    counts: Object.fromEntries([...arrays].map(([name, { length }]) => [name, length])),
  }
}

function readAttributes(sent: unknown, index: number, bodyAct: Act): Said {
  const path = `attributes[${index}]`
  const parsed = attributesSchema.safeParse(sent)
  if (!parsed.success) return complain(path, faultOf(parsed.error, 'object'))
  const person = personOf(parsed.data)
  if (person.externalId === undefined && person.addresses.length === 0) {
    return complain(path, noIdentifier)
  }
  const known = withoutUnreadable(person)
  const complaints: Complaint[] = known.unreadable.map(({ kind }) => ({
    path: `${path}.${kind}`,
    text: kind === 'phone' ? 'expected a phone number in E.164' : 'expected an e-mail address',
  }))
  const entries: Entry[] = []
  const add = (entry: Omit<Entry, 'person'>): void =>
    void entries.push({ person: known.person, ...entry })

  const groups: readonly unknown[] = parsed.data.subscription_groups ?? []
  for (const [place, each] of groups.entries()) {
    const own = `${path}.subscription_groups[${place}]`
    const group = trackedGroupSchema.safeParse(each)
    if (!group.success) {
      complaints.push({ path: own, text: faultOf(group.error, 'group') })
      continue
    }
    const { subscription_group_id, subscription_state, use_double_opt_in_logic } = group.data
    add({
      path: own,
      state: subscription_state,
      group: subscription_group_id,
      act: { ...bodyAct, ...actOf(each) },
      asksToConfirm: use_double_opt_in_logic === true,
    })
  }
  const own = `${path}.email_subscribe`
  const global = emailSubscribeSchema.safeParse(parsed.data.email_subscribe)
  if (!global.success) {
    complaints.push({ path: own, text: global.error.issues[0]?.message ?? 'malformed' })
  } else if (typeof global.data === 'string') {
    const state = global.data === 'unsubscribed' ? 'unsubscribed' : 'subscribed'
    add({ path: own, state, group: null, act: bodyAct, asksToConfirm: false })
  }
  return { entries: optOutsLast(entries), ties: tiesOf(path, known.person), complaints }
}

const complain = (path: string, text: string): Said => ({
  entries: [],
  ties: [],
  complaints: [{ path, text }],
})

/** What one object says at once has no order; the doubt falls to the opt-out. */
const optOutsLast = (entries: readonly Entry[]): readonly Entry[] => [
  ...entries.filter(({ state }) => state === 'subscribed'),
  ...entries.filter(({ state }) => state === 'unsubscribed'),
]

const filled = (text: string | null | undefined): readonly string[] =>
  text === undefined || text === null || text.trim() === '' ? [] : [text]

function personOf(object: z.output<typeof attributesSchema>): Person {
  const { external_id, user_alias, braze_id, email, phone } = object
  const alias = user_alias ?? undefined
  const [externalId] = filled(external_id)
  const of = (kind: string, text: string | null | undefined): readonly Address[] =>
    filled(text).map((value) => ({ kind, value }))
  return {
    externalId,
    addresses: [
      ...(alias === undefined ? [] : [userAlias(alias.alias_label, alias.alias_name)]),
      ...of('braze-id', braze_id),
      ...of('email', email),
      ...of('phone', phone),
    ],
  }
}

/**
 * A person without the contact points that reach nobody, unless nothing else says who it is: then
 * what was written must do, so that no opt-out is lost.
 */
function withoutUnreadable(person: Person) {
  const isReadable = (address: Address): boolean => normaliseAddress(address).isParsable
  const unreadable = person.addresses.filter((address) => !isReadable(address))
  const addresses = person.addresses.filter(isReadable)
  const isNamed = person.externalId !== undefined || addresses.length > 0
  return isNamed ? { person: { ...person, addresses }, unreadable } : { person, unreadable: [] }
}

/**
 * An external id owns the addresses beside it. Without one, an alias or a Braze id is the same
 * person as them. E-mail and phone alone tie nobody: a household shares a phone.
 */
function tiesOf(path: string, { externalId, addresses }: Person): readonly Tie[] {
  if (externalId !== undefined) return addresses.map((from) => ({ path, externalId, from }))
  const isProfile = ({ kind }: Address): boolean => kind === 'user-alias' || kind === 'braze-id'
  const [from] = addresses.filter(isProfile)
  if (from === undefined) return []
  return addresses.filter((to) => to !== from).map((to) => ({ path, from, to }))
}
