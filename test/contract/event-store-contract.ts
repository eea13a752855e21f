import type { EventStore } from '@ledger/ledger'
import { describe } from 'vitest'
import { appendCases } from './event-store-append-cases.ts'
import { lifeCases } from './event-store-life-cases.ts'
import { readCases } from './event-store-read-cases.ts'
import type { MakePlace } from './place.ts'

/** All that the port `EventStore` promises. Every adapter runs all of it. */
export function eventStoreContract(name: string, makePlace: MakePlace<EventStore>): void {
  describe(`${name}: EventStore`, () => {
    describe('append', () => appendCases(makePlace))
    describe('read', () => readCases(makePlace))
    describe('life', () => lifeCases(makePlace))
  })
}
