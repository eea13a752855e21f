import type { PersonExport } from '@ledger/api'
import { csvLine } from '@ledger/sources'

type Subject = PersonExport['subjects'][number]
type Event = Subject['events'][number]

const header = [
  'address_kind',
  'address',
  'recorded_at',
  'effective_at',
  'type',
  'scope',
  'actor',
  'method',
  'authority',
  'counts',
  'why',
  'source',
  'id',
  'evidence',
  'disclosure',
]

function eventCells({ address }: Subject, event: Event, texts: PersonExport['disclosures']) {
  const personal = event.personal ?? {}
  const evidence = personal['evidence'] as Readonly<Record<string, unknown>> | undefined
  const disclosureId = evidence?.['disclosureId']
  const text = (value: unknown): string => (typeof value === 'string' ? value : '')
  return [
    address?.kind ?? '',
    address?.value ?? '',
    event.recordedAt,
    event.effectiveAt ?? '',
    event.type,
    event.scope ?? '',
    event.actor ?? '',
    event.method ?? '',
    event.authority ?? '',
    String(event.counts),
    event.why,
    text(personal['source']),
    text(personal['id']),
    evidence === undefined ? '' : JSON.stringify(evidence),
    typeof disclosureId === 'string' ? (texts[disclosureId] ?? '') : '',
  ]
}

/** Everything that happened to a person, a line each; the whole record is in the JSON. */
export const personCsv = ({ subjects, disclosures }: PersonExport): string =>
  [
    csvLine(header),
    ...subjects.flatMap((subject) =>
      subject.events.map((event) => csvLine(eventCells(subject, event, disclosures))),
    ),
  ].join('')
