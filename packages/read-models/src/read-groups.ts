import type { Group, GroupId } from '@ledger/domain'
import { groupsStream, upcast } from '@ledger/domain'
import type { EventReader } from '@ledger/ledger'
import { applyGroupEvent } from '@ledger/ledger'

/** The groups as the log itself has them, for reads that must not rest on a read model. */
export async function readGroups(reader: EventReader): Promise<ReadonlyMap<GroupId, Group>> {
  const groups = new Map<GroupId, Group>()
  for (const stored of await reader.readStream(groupsStream)) {
    const read = upcast(stored)
    if (read.ok) applyGroupEvent(groups, read.event)
  }
  return groups
}
