import type { MessagePart } from '@ledger/sources'

/** How many unfinished messages are remembered; the oldest give way. */
const messagesMax = 10_000
/** How many parts a message may have; a UDH counts them in one byte. */
const partsMax = 255

/**
 * Puts the parts of long messages together, in memory: each part that by itself may mean an opt-out
 * is on record already, so that a restart in between loses no more than a suspicion.
 */
export type PartAssembler = {
  /** The whole text once its last part is there, whichever that is; else null. */
  readonly add: (source: string, part: MessagePart) => string | null
  /** Forgets a message; called when it is durable, so that a retry finds its parts until then. */
  readonly forget: (source: string, part: MessagePart) => void
}

export function openPartAssembler(): PartAssembler {
  const messages = new Map<string, Map<number, string>>()
  const keyOf = (source: string, { message, total }: MessagePart): string =>
    JSON.stringify([source, message, total])
  return {
    add: (source, part) => {
      if (part.total > partsMax) return null
      const key = keyOf(source, part)
      const parts = messages.get(key) ?? new Map<number, string>()
      parts.set(part.number, part.text)
      messages.set(key, parts)
      const [oldest] = messages.keys()
      if (messages.size > messagesMax && oldest !== undefined) messages.delete(oldest)
      if (parts.size < part.total) return null
      return Array.from({ length: part.total }, (_none, index) => parts.get(index + 1)).join('')
    },
    forget: (source, part) => void messages.delete(keyOf(source, part)),
  }
}
