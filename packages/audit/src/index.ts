export type { Replayed } from './replay.ts'
export { replay } from './replay.ts'
export type { StatePair, StateSummary } from './state-hash.ts'
export { statePairs, summarise } from './state-hash.ts'
