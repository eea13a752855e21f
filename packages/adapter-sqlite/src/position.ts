import type { Position } from '@ledger/domain'

const digits = 16

/** Said when a position does not name a place in this log. */
export class ForeignPosition extends Error {
  constructor(logId: string, found: string) {
    super(`expected a position of the log ${logId}, found ${found}`)
    this.name = 'ForeignPosition'
  }
}

/** The position of the event with this number: of fixed width, so that positions sort as text. */
export function positionOf(logId: string, number: number): Position {
  return `${logId}-${String(number).padStart(digits, '0')}` as Position
}

/**
 * The number a position of this log stands for.
 * @throws ForeignPosition for a position of another log, or of none
 */
export function numberOf(logId: string, position: Position): number {
  const found = /^([0-9a-f]{8})-([0-9]{16})$/.exec(position)
  if (found === null) throw new ForeignPosition(logId, 'something else')
  if (found[1] !== logId) throw new ForeignPosition(logId, `one of the log ${found[1]}`)
  return Number(found[2])
}

/** How many events stand in the log up to and with this position: positions are dense from 1. */
export const positionNumber = (position: Position): number => Number(position.slice(-digits))
