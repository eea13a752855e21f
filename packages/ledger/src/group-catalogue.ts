import type { EventId, Group, GroupDefinition, GroupId } from '@ledger/domain'
import {
  changedFixedFields,
  defineGroup,
  groupsStream,
  isSubjectEvent,
  schemaVersion,
  upcast,
} from '@ledger/domain'
import type { LedgerEvent, Position } from '@ledger/domain'
import type { EventStore, NewEvent } from './event-store.ts'
import { Outage } from './outage.ts'
import type { RecordingClock } from './recording-clock.ts'
import { uuidV7 } from './uuid.ts'

export type GroupChange =
  | { readonly ok: true; readonly group: Group; readonly position: Position | null }
  | { readonly ok: false; readonly code: 'unknown-group' }
  | { readonly ok: false; readonly code: 'fixed-fields'; readonly fields: readonly string[] }

/** The groups of this ledger, in memory and in their stream. */
export type GroupCatalogue = {
  readonly get: (id: GroupId) => Group | undefined
  /** All groups by id. */
  readonly list: () => readonly Group[]
  /** Creates a group or changes what may change; saying the same again writes nothing. */
  readonly define: (id: GroupId, definition: GroupDefinition) => Promise<GroupChange>
  readonly archive: (id: GroupId) => Promise<GroupChange>
  readonly reopen: (id: GroupId) => Promise<GroupChange>
}

/** What one event of the groups' stream makes of the groups; other events change nothing. */
export function applyGroupEvent(groups: Map<GroupId, Group>, event: LedgerEvent): void {
  if (isSubjectEvent(event)) return
  if (event.type === 'GroupDefined') {
    const { group: id, definition } = event.data
    groups.set(id, defineGroup(id, definition, groups.get(id)?.isArchived ?? false))
  }
  if (event.type === 'GroupArchived' || event.type === 'GroupReopened') {
    const group = groups.get(event.data.group)
    const isArchived = event.type === 'GroupArchived'
    if (group !== undefined) groups.set(group.id, { ...group, isArchived })
  }
}

const attemptsMax = 10

/**
 * Opens the catalogue. A change is decided on what was read and appended at that revision; when
 * another writer was faster it is decided again.
 */
export async function openGroupCatalogue(
  store: EventStore,
  clock: RecordingClock,
): Promise<GroupCatalogue> {
  const groups = new Map<GroupId, Group>()
  let revision = -1

  const refresh = async (): Promise<void> => {
    const events = await store.readStream(groupsStream)
    for (const stored of events.slice(revision + 1)) {
      const read = upcast(stored)
      if (!read.ok) throw new Error(`the groups' stream holds a ${read.reason} event`)
      applyGroupEvent(groups, read.event)
      revision = stored.revision
    }
  }

  type Decision =
    GroupChange | { readonly type: string; readonly data: { readonly group: GroupId } }

  const change = async (id: GroupId, decide: () => Decision): Promise<GroupChange> => {
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      const decision = decide()
      if ('ok' in decision) return decision
      const recordedAt = clock.stamp()
      const event: NewEvent = {
        ...decision,
        id: uuidV7(recordedAt / 1_000) as EventId,
        schemaVersion,
        recordedAt,
        sealed: null,
      }
      const appended = await store.append(groupsStream, [event], { expected: revision })
      await refresh()
      const group = groups.get(id)
      if (appended.ok && group !== undefined) {
        return { ok: true, group, position: appended.placed[0]?.position ?? null }
      }
    }
    throw new Outage('contention')
  }

  const setArchived = (id: GroupId, isArchived: boolean): Promise<GroupChange> =>
    change(id, () => {
      const group = groups.get(id)
      if (group === undefined) return { ok: false, code: 'unknown-group' }
      if (group.isArchived === isArchived) return { ok: true, group, position: null }
      return { type: isArchived ? 'GroupArchived' : 'GroupReopened', data: { group: id } }
    })

  await refresh()
  return {
    get: (id) => groups.get(id),
    list: () => [...groups.values()].sort((a, b) => (a.id < b.id ? -1 : 1)),
    define: (id, definition) =>
      change(id, () => {
        const before = groups.get(id)
        if (before !== undefined) {
          const fields = changedFixedFields(before, definition)
          if (fields.length > 0) return { ok: false, code: 'fixed-fields', fields }
          if (isSameDefinition(before, definition)) {
            return { ok: true, group: before, position: null }
          }
        }
        return { type: 'GroupDefined', data: { group: id, definition } }
      }),
    archive: (id) => setArchived(id, true),
    reopen: (id) => setArchived(id, false),
  }
}

function isSameDefinition(group: Group, definition: GroupDefinition): boolean {
  return (
    group.name === definition.name &&
    group.doubleOptIn === definition.doubleOptIn &&
    group.confirmWithinDays === definition.confirmWithinDays &&
    group.senders.join('\n') === definition.senders.join('\n')
  )
}
