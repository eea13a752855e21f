import type { Change, HistoryItem, Member, State } from './answers.ts'
import type { Ask } from './transport.ts'
import { pause } from './transport.ts'

type Page<Item> = { readonly items: readonly Item[]; readonly cursor: string | null }

/** How many items are read at once: what the doors give. */
const pageSize = 1_000

const query = (fields: Readonly<Record<string, string | number | null | undefined>>): string => {
  const given = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined || value === null ? [] : [[name, String(value)]],
  )
  return new URLSearchParams(given).toString()
}

async function* everyItem<Item>(
  ask: Ask,
  path: string,
  fields: Readonly<Record<string, string | undefined>> = {},
): AsyncGenerator<Item, void> {
  let cursor: string | null = null
  do {
    const asked = query({ ...fields, limit: pageSize, cursor })
    const page: Page<Item> = await ask('GET', `${path}?${asked}`)
    yield* page.items
    cursor = page.cursor
  } while (cursor !== null)
}

/** The subjects in one state of a group, `subscribed` unless asked otherwise. */
export const everyMember = (ask: Ask, group: string, state?: State): AsyncGenerator<Member, void> =>
  everyItem(ask, `/v1/groups/${encodeURIComponent(group)}/members`, { state })

/** All that was ever said or tried about a subject, oldest first. */
export const everyEntry = (ask: Ask, subject: string): AsyncGenerator<HistoryItem, void> =>
  everyItem(ask, `/v1/subjects/${encodeURIComponent(subject)}/history`)

export type ChangesOptions = {
  /** The cursor of the last change that was handled; from the first one when absent. */
  readonly after?: string | null
  /** Ends with the last change there is now, instead of waiting for the next one. */
  readonly untilNow?: boolean
  /** How soon the next change is looked for; 1,000 ms unless said otherwise. */
  readonly pollMs?: number
  /** Ends the iteration with its reason, also while it waits. */
  readonly signal?: AbortSignal
}

/** Every change of state in order, from a cursor on. */
export async function* everyChange(
  ask: Ask,
  { after = null, untilNow = false, pollMs = 1_000, signal }: ChangesOptions = {},
): AsyncGenerator<Change, void> {
  let cursor = after
  for (;;) {
    const asked = query({ after: cursor, limit: pageSize })
    const page = await ask<Page<Change>>('GET', `/v1/changes?${asked}`, { signal })
    yield* page.items
    cursor = page.cursor
    if (page.items.length === pageSize) continue
    if (untilNow) return
    await pause(pollMs, signal)
  }
}
