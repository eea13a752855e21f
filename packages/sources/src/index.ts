export type { InPersonBatch, InPersonRow } from './in-person.ts'
export { readInPersonBatch } from './in-person.ts'
