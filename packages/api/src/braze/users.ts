import type { Group, Link, SubjectId } from '@ledger/domain'
import { liveLinks, normaliseAddress } from '@ledger/domain'
import type { Look, QueryDeps, ReadOptions } from '@ledger/read-models'
import { look, pairAnswer } from '@ledger/read-models'
import type { BrazeUser } from '../schemas/braze.ts'
import type { Asked } from './read-query.ts'
import { statusWord } from './words.ts'

/** A profile as Braze would show it: an external id, or an address that no external id owns. */
type Profile = { readonly subject: SubjectId; readonly asked: Asked }

export type Users = { readonly users: readonly BrazeUser[]; readonly look: Look }

/**
 * The users behind these identifiers, each once, with every group in which there is something to
 * say. Who shares an address with others comes with each of them.
 */
export async function findUsers(
  deps: QueryDeps,
  asked: readonly Asked[],
  options: ReadOptions,
): Promise<Users> {
  const found = await deps.book.find(asked.map(({ address }) => normaliseAddress(address)))
  const known = found.flatMap((subject) => subject ?? [])
  const seen = await look(deps, known, options)
  const profiles = new Map<SubjectId, Profile>()
  for (const [index, subject] of found.entries()) {
    const from = asked[index]
    if (subject === null || from === undefined || !seen.rows.has(subject)) continue
    for (const profile of profilesOf(seen, subject, from)) {
      if (!profiles.has(profile.subject)) profiles.set(profile.subject, profile)
    }
  }
  const groups = [...seen.groups.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
  const users = await Promise.all(
    [...profiles.values()].map((profile) => describeUser(deps, seen, groups, profile)),
  )
  return { users, look: seen }
}

const ownersOf = (seen: Look, subject: SubjectId): readonly Link[] => {
  const record = seen.rows.get(subject)?.record
  return record === undefined
    ? []
    : liveLinks(record).filter(({ relation }) => relation === 'owner')
}

/** The external ids that own an address; itself for an external id, or where nobody owns it. */
function profilesOf(seen: Look, subject: SubjectId, asked: Asked): readonly Profile[] {
  const owners = asked.address.kind === 'external-id' ? [] : ownersOf(seen, subject)
  return owners.length === 0
    ? [{ subject, asked }]
    : owners.map(({ other }) => ({ subject: other, asked }))
}

async function describeUser(
  { book }: QueryDeps,
  seen: Look,
  groups: readonly Group[],
  { subject, asked }: Profile,
): Promise<BrazeUser> {
  const kindOf = (kind: string) => ownersOf(seen, subject).find((link) => link.otherKind === kind)
  const [email, phone] = [kindOf('email')?.other, kindOf('phone')?.other]
  const ids = [subject, ...[email, phone].flatMap((each) => each ?? [])]
  const revealed = await book.reveal(ids)
  const textOf = (kind: string): string | null => {
    // As it was asked for, where that is what it was asked by.
    if (asked.address.kind === kind) return asked.text
    return revealed.find((each) => each?.kind === kind)?.value ?? null
  }
  return {
    email: textOf('email'),
    phone: textOf('phone'),
    external_id: textOf('external-id'),
    subscription_groups: groups.flatMap((group) => {
      const answer = pairAnswer(group, subject, (each) => seen.rows.get(each), seen.at)
      const status = statusWord(answer)
      if (status === 'Unknown') return []
      return [{ id: group.id, name: group.name, channel: group.channel, status }]
    }),
  }
}
