import type { Address, Family, Group, GroupId } from '@ledger/domain'
import { normaliseAddress, signalTypePrefix } from '@ledger/domain'
import type { Entry, Person, Tie } from './entry.ts'

/** The source of every signal that comes through these doors; keys can be bound to it. */
export const brazeSource = 'urn:braze'

/** What an entry becomes: CloudEvents to record, and what is wrong with it. Both may be there. */
export type Sentence = {
  readonly path: string
  readonly entry: Entry | null
  readonly events: readonly object[]
  readonly complaint: string | null
}

type FindGroup = (id: GroupId) => Group | undefined

/**
 * The events that an entry becomes. An opt-in with anything wrong becomes none. An opt-out becomes
 * one for each key of the person, whatever is wrong with it; the complaint is for the sender, so
 * that a misspelt group or number is seen.
 * @param id makes the id of the nth event of this entry
 */
export function sentenceOf(
  entry: Entry,
  findGroup: FindGroup,
  id: (nth: number) => string,
): Sentence {
  const group = entry.group === null ? undefined : findGroup(entry.group as GroupId)
  const family = group?.family ?? (entry.group === null ? 'email' : null)
  const complaint = complaintOf(entry, group, family)
  const scope = entry.group === null ? { family: 'email' } : { group: entry.group }
  const { path, person, act } = entry
  const isOptOut = entry.state === 'unsubscribed'
  const keys = isOptOut
    ? keysOfOptOut(person)
    : complaint === null
      ? keysOfOptIn(person, family)
      : []
  const type = isOptOut ? 'opt-out' : asksToConfirm(entry, family) ? 'opt-in-requested' : 'opt-in'
  const events = keys.map((key, nth) =>
    cloudEvent(id(nth), type, { ...key, scope, actor: 'system', method: 'api', ...act }),
  )
  return { path, entry, events, complaint }
}

/** The event that ties two keys of one person together; none for a tie that is known. */
export function sentenceOfTie(
  { path, externalId, from, to }: Tie,
  id: string,
  isNew: boolean,
): Sentence {
  const ends =
    to === undefined ? { externalId, relation: 'owner' } : { other: to, relation: 'same-person' }
  const events = isNew ? [cloudEvent(id, 'link', { address: from, ...ends })] : []
  return { path, entry: null, events, complaint: null }
}

const cloudEvent = (id: string, action: string, data: object): object => ({
  specversion: '1.0',
  source: brazeSource,
  id,
  type: `${signalTypePrefix}${action}`,
  data,
})

/** The keys of one event. */
type Keys = { readonly address?: Address; readonly externalId?: string }

const keysOf = (address: Address | undefined, { externalId }: Person): Keys => ({
  ...(address !== undefined && { address }),
  ...(externalId !== undefined && { externalId }),
})

const keysOfOptOut = (person: Person): readonly Keys[] =>
  person.addresses.length === 0
    ? [keysOf(undefined, person)]
    : person.addresses.map((address) => keysOf(address, person))

/** An opt-in is for the address it would be sent to, else for whoever is named. */
function keysOfOptIn(person: Person, family: Family | null): readonly Keys[] {
  const contact = person.addresses.find(({ kind }) => isContact(kind) && isSentTo(kind, family))
  const anybody = person.externalId === undefined ? person.addresses[0] : undefined
  return [keysOf(contact ?? anybody, person)]
}

const isContact = (kind: string): boolean => kind === 'email' || kind === 'phone'

/** E-mail goes to e-mail addresses; SMS, RCS and WhatsApp, as at Braze, to phones. */
const isSentTo = (kind: string, family: Family | null): boolean =>
  !isContact(kind) || (kind === 'email') === (family === 'email')

/** At Braze the flag counts for groups by text only, and is ignored elsewhere. */
const asksToConfirm = (entry: Entry, family: Family | null): boolean =>
  entry.asksToConfirm && family === 'carrier-messaging'

function complaintOf(
  { group: id, person, state }: Entry,
  group: Group | undefined,
  family: Family | null,
): string | null {
  if (id !== null && group === undefined) return 'there is no subscription group of this id'
  const { externalId, addresses } = person
  if (addresses.length === 0 && (externalId ?? '').trim() === '') return 'expected an id'
  const unreadable = addresses.find((address) => !normaliseAddress(address).isParsable)
  if (unreadable !== undefined) {
    return unreadable.kind === 'phone'
      ? 'expected a phone number in E.164, with its +'
      : 'expected an e-mail address'
  }
  const isReached = externalId !== undefined || addresses.some(({ kind }) => isSentTo(kind, family))
  if (!isReached) {
    return family === 'email'
      ? 'expected an e-mail address: what is named is sent by e-mail'
      : 'expected a phone number: the subscription group is not sent by e-mail'
  }
  if (state === 'subscribed' && group?.isArchived === true) {
    return 'the subscription group is archived'
  }
  return null
}
