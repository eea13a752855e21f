import type { ReadModelReader } from '@ledger/read-models'

/** A read model that can be replaced by a rebuilt one while queries go on. */
export type SwappableReadModel = {
  readonly reader: ReadModelReader
  /** Answers from now on come from `next`; what was there before is closed. */
  readonly swap: (next: ReadModelReader) => Promise<void>
}

export function swappableReadModel(first: ReadModelReader): SwappableReadModel {
  let current = first
  return {
    reader: {
      checkpoint: () => current.checkpoint(),
      snapshot: (subjects) => current.snapshot(subjects),
      nextSub: (position) => current.nextSub(position),
      changes: (after, limit) => current.changes(after, limit),
      members: (group, state, after, limit) => current.members(group, state, after, limit),
      counts: (group, fromDay, toDay) => current.counts(group, fromDay, toDay),
      due: (until) => current.due(until),
      subjectsInScopes: (scopes) => current.subjectsInScopes(scopes),
      close: () => current.close(),
    },
    swap: async (next) => {
      const before = current
      current = next
      await before.close()
    },
  }
}
