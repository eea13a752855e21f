import type { Command } from '../source-config.ts'
import type { Meaning } from './keyword-lists.ts'
import type { KeywordTable } from './keyword-table.ts'
import { joined } from './keyword-table.ts'
import { normaliseText } from './normalise-text.ts'
import { optOutCueIn } from './opt-out-cues.ts'

/** What a text means to one source. */
export type TextReading = {
  readonly meaning: Meaning | 'command' | 'suspected' | 'ordinary'
  /** Which rule said so; null for an ordinary text. */
  readonly ruleId: string | null
  /** What the text was compared as. */
  readonly normalised: string
  readonly command?: Command | undefined
}

/** No word of a list is longer than this without its spaces. */
const wordLengthMax = 64
const numberAtEnd = /\d{3,6}$/

/**
 * Reads one text: the whole of it against the words in force, then for cues. Deterministic: the
 * same text and table give the same reading.
 */
export function readText(text: string, { byWord }: KeywordTable): TextReading {
  const normalised = normaliseText(text)
  const word = normalised.length > 2 * wordLengthMax ? '' : joined(normalised)
  const found =
    byWord.get(word) ?? (numberAtEnd.test(word) ? byWord.get(word.replace(numberAtEnd, '#')) : null)
  if (found) {
    const { meaning, ruleId, command } = found
    return { meaning, ruleId, normalised, command }
  }
  const cue = optOutCueIn(normalised)
  if (cue !== null) return { meaning: 'suspected', ruleId: cue, normalised }
  return { meaning: 'ordinary', ruleId: null, normalised }
}

/**
 * Reads the payload of a button that was pressed, by what the source says of it. What stands on the
 * button is never looked at: it is translated, and can be typed.
 */
export function readButton(
  payload: string,
  buttons: Readonly<Record<string, Command>> | undefined,
): TextReading {
  const command =
    buttons !== undefined && Object.hasOwn(buttons, payload) ? buttons[payload] : undefined
  if (command === undefined) return { meaning: 'ordinary', ruleId: null, normalised: payload }
  return { meaning: 'command', ruleId: `button/own/${payload}`, normalised: payload, command }
}
