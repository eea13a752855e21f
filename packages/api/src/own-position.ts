import type { Position } from '@ledger/domain'
import { invalidRequest, RequestRefused } from './problem.ts'

/** A log's id, and digits of fixed width: the one form every store writes. */
const positionShape = /^([0-9A-Za-z-]{1,64})-([0-9]{16})$/

/** True for text in the form of a position, of whichever log. */
export const isPosition = (text: string): boolean => positionShape.test(text)

/**
 * A position that a caller handed back, if it is one of this log. Positions of two logs compare as
 * text and mean nothing to each other, so one of another log is refused and never answered.
 */
export function ownPosition(text: string, logId: string, field: string): Position {
  const logOf = positionShape.exec(text)?.[1]
  if (logOf === undefined) throw invalidRequest(field, 'expected a position as the ledger gave it')
  if (logOf !== logId) throw new RequestRefused('foreign-position', { field })
  return text as Position
}

export type ChangeCursor = { readonly position: Position; readonly sub: number }

const cursorShape = /^(.+)\.(\d{6})$/

/**
 * A cursor of the change feed: a position and a sub-index, since one STOP can change many groups.
 */
export function ownChangeCursor(text: string, logId: string, field: string): ChangeCursor {
  const [, position = '', sub = ''] = cursorShape.exec(text) ?? []
  if (position === '') throw invalidRequest(field, 'expected a cursor as the ledger gave it')
  return { position: ownPosition(position, logId, field), sub: Number(sub) }
}

/** The text of a change cursor; as text, cursors of one log sort in the feed's order. */
export const changeCursorText = ({ position, sub }: ChangeCursor): string =>
  `${position}.${String(sub).padStart(6, '0')}`
