import type { ReadModel } from '@ledger/read-models'
import { describe } from 'vitest'
import type { MakePlace } from './place.ts'
import { applyCases } from './read-model-apply-cases.ts'
import { lifeCases } from './read-model-life-cases.ts'
import { listCases } from './read-model-list-cases.ts'
import { snapshotCases } from './read-model-snapshot-cases.ts'

/** All that the port `ReadModel` promises. Every adapter runs all of it. */
export function readModelContract(name: string, makePlace: MakePlace<ReadModel>): void {
  describe(`${name}: ReadModel`, () => {
    describe('apply', () => applyCases(makePlace))
    describe('snapshot', () => snapshotCases(makePlace))
    describe('lists', () => listCases(makePlace))
    describe('life', () => lifeCases(makePlace))
  })
}
