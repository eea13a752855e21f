import type { SubjectEvent, SubjectRecord } from '@ledger/domain'
import { emptyRecord } from '@ledger/domain'

/** The kind of a subject of whom only events were seen that could not be read. */
export const unknownKind = 'unknown'

/** The kind of address that an event says its subject is of. */
export const kindOf = (event: SubjectEvent): string =>
  'kind' in event.data ? event.data.kind : unknownKind

/**
 * A record with the kind that an event names, where nothing that could be read has named one
 * before.
 */
export function withKind(record: SubjectRecord | undefined, kind: string): SubjectRecord {
  if (record === undefined) return emptyRecord(kind)
  return record.kind === unknownKind && kind !== unknownKind ? { ...record, kind } : record
}
