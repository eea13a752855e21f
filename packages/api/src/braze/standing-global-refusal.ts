import type { Address, Group, ScopeKey, SubjectId } from '@ledger/domain'
import { liveLinks, normaliseAddress, scopeKey, sharedRegisters, stateOf } from '@ledger/domain'
import type { QueryDeps } from '@ledger/read-models'
import { foldWithKin } from '@ledger/read-models'
import type { Person } from './entry.ts'

const everything = { at: Number.MAX_SAFE_INTEGER, knownAt: Number.MAX_SAFE_INTEGER }
const allEmail: ScopeKey = scopeKey({ family: 'email' })

/**
 * The e-mail addresses (or the external id, if none is known) of a person that a backend has opted
 * out of all e-mail, and not in again. At Braze that state masks the groups: subscribing to one
 * does not lift it. In the law a group's opt-in reopens its own part of a wider opt-out, so whoever
 * records one for a backend must know. A person's own refusal is not among them: no backend lifts
 * it.
 */
export async function standingGlobalRefusals(
  { book, reader }: Pick<QueryDeps, 'book' | 'reader'>,
  group: Group,
  person: Person,
): Promise<readonly Address[]> {
  const externalId =
    person.externalId === undefined ? [] : [{ kind: 'external-id', value: person.externalId }]
  const given = [...person.addresses.filter(({ kind }) => kind === 'email'), ...externalId]
  const found = await book.find(given.map(normaliseAddress))
  const subjects = found.flatMap((subject) => subject ?? [])
  const rows = await foldWithKin(reader, subjects, everything)
  const record = (subject: SubjectId) => rows.get(subject)?.record

  const owned = subjects.flatMap((subject) => {
    const own = record(subject)
    const isOwner = own?.kind === 'external-id'
    const emails = (own === undefined ? [] : liveLinks(own)).filter(
      ({ relation, otherKind }) => isOwner && relation === 'owner' && otherKind === 'email',
    )
    return emails.length === 0 ? [subject] : emails.map(({ other }) => other)
  })
  const refusing = [...new Set(owned)].filter((subject) => {
    const wide = sharedRegisters(subject, record)[allEmail]
    if (wide === undefined) return false
    // The state that this scope alone would give: nothing narrower has a say.
    const { isOptOutStanding, authority } = stateOf(group, { [allEmail]: wide }, everything.at)
    return isOptOutStanding && authority !== 'person'
  })
  return (await book.reveal(refusing)).flatMap((address) => address ?? [])
}
