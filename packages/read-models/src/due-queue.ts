import type { Micros, SubjectId } from '@ledger/domain'

type Due = { readonly subject: SubjectId; readonly dueAt: Micros }

const isBefore = (a: Due, b: Due): boolean =>
  a.dueAt !== b.dueAt ? a.dueAt < b.dueAt : a.subject < b.subject

/**
 * Expiries in the order in which they take effect: by time, then by subject, so that every replay
 * applies them alike. An insertion-sorted list: one batch rarely holds more than a few.
 */
export class DueQueue {
  readonly #dues: Due[] = []
  readonly #known = new Set<string>()

  /** Adds an expiry once, however often it is named. */
  add(due: Due): void {
    const key = `${due.dueAt} ${due.subject}`
    if (this.#known.has(key)) return
    this.#known.add(key)
    let low = 0
    let high = this.#dues.length
    while (low < high) {
      const middle = (low + high) >> 1
      const other = this.#dues[middle]
      // Stored latest first, so that taking the soonest is a pop.
      if (other !== undefined && isBefore(due, other)) low = middle + 1
      else high = middle
    }
    this.#dues.splice(low, 0, due)
  }

  /**
   * Takes all expiries of the soonest instant at or before `until`; null when there is none. They
   * come together because kin share registers, and each answer must change once.
   */
  take(until: Micros): { readonly dueAt: Micros; readonly subjects: readonly SubjectId[] } | null {
    const dueAt = this.#dues.at(-1)?.dueAt
    if (dueAt === undefined || dueAt > until) return null
    const subjects: SubjectId[] = []
    for (let due = this.#dues.at(-1); due?.dueAt === dueAt; due = this.#dues.at(-1)) {
      subjects.push(due.subject)
      this.#dues.pop()
    }
    return { dueAt, subjects }
  }
}
