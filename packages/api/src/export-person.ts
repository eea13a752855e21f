import type { Address, SubjectId } from '@ledger/domain'
import { disclosureStream, liveLinks, normaliseAddress, upcast } from '@ledger/domain'
import type { HistoryEntry, Look } from '@ledger/read-models'
import { look, pairAnswer, personOf, readHistory } from '@ledger/read-models'
import type { RecordedEvent } from '@ledger/ledger'
import { openEvent } from '@ledger/ledger'
import { freshnessAnswer, stateAnswer } from './answers.ts'
import type { AppDeps } from './app-deps.ts'
import { attemptItem, eventItem } from './routes/subjects.ts'
import type { PersonExport } from './schemas/exports.ts'

type Deps = Pick<AppDeps, 'ledger' | 'queries' | 'desk' | 'reader'>
type SubjectExport = PersonExport['subjects'][number]
type EventExport = SubjectExport['events'][number]

/**
 * All that the ledger holds of one person, opened: for whoever asks what is known of them (GDPR
 * Art. 15 and 20). Read at the log itself, so that it is all. Null when nothing was ever recorded.
 */
export async function exportPerson(deps: Deps, address: Address): Promise<PersonExport | null> {
  const [subject] = await deps.ledger.book.find([normaliseAddress(address)])
  if (!subject) return null
  const seen = await look(deps.queries, [subject], { consistency: 'strong' })
  const person = personOf(subject, (each) => seen.rows.get(each))
  const subjects: SubjectExport[] = []
  for (const each of person.subjects) subjects.push(await exportSubject(deps, seen, each))
  return {
    subjects,
    sharedWith: person.sharedWith.length,
    disclosures: await disclosuresOf(deps, subjects),
    freshness: freshnessAnswer(seen.freshness),
  }
}

async function exportSubject(deps: Deps, seen: Look, subject: SubjectId): Promise<SubjectExport> {
  const { book, groups: catalogue } = deps.ledger
  const groups = catalogue.list()
  const [address = null] = await book.reveal([subject])
  const [holder] = await book.hold([subject])
  const history = (await readHistory(deps.queries, deps.desk, groups, subject)) ?? []
  const record = seen.rows.get(subject)?.record
  const links = record === undefined ? [] : liveLinks(record)
  return {
    subject,
    address,
    links: links.map(({ other, relation, otherKind }) => {
      return { subject: other, relation, kind: otherKind }
    }),
    groups: groups.map((group) => {
      const answer = pairAnswer(group, subject, (each) => seen.rows.get(each), seen.at)
      return { group: group.id, ...stateAnswer(answer) }
    }),
    events: history.map((entry) => entryOf(entry, holder?.dataKey ?? null)),
  }
}

function entryOf(entry: HistoryEntry, dataKey: Uint8Array | null): EventExport {
  if (entry.kind === 'attempt') return { ...attemptItem(entry.attempt), data: null, personal: null }
  const { stored } = entry
  return { ...eventItem(entry), data: stored.data, personal: personalPart(stored, dataKey) }
}

function personalPart(stored: RecordedEvent, dataKey: Uint8Array | null) {
  if (dataKey === null || stored.sealed === null) return null
  return openEvent(dataKey, stored, stored.sealed)
}

/** The texts that the evidence of these events names. */
async function disclosuresOf(
  { reader }: Deps,
  subjects: readonly SubjectExport[],
): Promise<Record<string, string>> {
  const ids = subjects
    .flatMap(({ events }) => events)
    .flatMap(({ personal }) => {
      const evidence = personal?.['evidence'] as Readonly<Record<string, unknown>> | undefined
      const id = evidence?.['disclosureId']
      return typeof id === 'string' ? [id] : []
    })
  const texts: Record<string, string> = {}
  for (const id of new Set(ids)) {
    const [stored] = await reader.readStream(disclosureStream(id))
    const read = stored === undefined ? null : upcast(stored)
    if (read?.ok === true && read.event.type === 'DisclosureStored')
      texts[id] = read.event.data.text
  }
  return texts
}
