export type { InPersonBatch, InPersonRow } from './in-person.ts'
export { inPersonRowsMax, readInPersonBatch } from './in-person.ts'
