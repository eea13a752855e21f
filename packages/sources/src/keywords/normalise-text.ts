/** The longest text that is looked at, in UTF-16 units: ten segments of an SMS. */
export const textLengthMax = 1_600

const plain = /^[\t\n\r\x20-\x7e]*$/
const invisible = /[\p{Cf}\p{Cc}\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/gu
const white = /[\s\p{Z}\p{Pd}_/\\]+/gu
const marks = /\p{M}+/gu
const quotes = /["'`\u00b4\p{Pi}\p{Pf}\u201a\u201e]/gu
const brackets = /[\p{Ps}\p{Pe}\p{S}\p{Extended_Pictographic}]/gu
const edges = /^[\p{P} ]+|[\p{P} ]+$/gu

const plainQuotes = /["'`]/g
const plainWhite = /[\s\-_/\\()[\]{}<>|~^$+=]+/g
const plainEdges = /^[!#%&*,.:;?@ ]+|[!#%&*,.:;?@ ]+$/g

/**
 * One spelling for what people mean to be the same word: no case, no accents, no quotes, brackets,
 * emoji or symbols, punctuation only within, one space between words. Pure and deterministic.
 * (CTIA Messaging Principles 5.1.3: case, punctuation and minor variances do not matter.)
 */
export function normaliseText(text: string): string {
  const cut = text.length > textLengthMax ? text.slice(0, textLengthMax) : text
  if (plain.test(cut)) {
    const lower = cut.toLowerCase().replace(plainQuotes, '').replace(plainWhite, ' ')
    return lower.replace(plainEdges, '')
  }
  const visible = cut.normalize('NFKC').replace(white, ' ').replace(invisible, '')
  // By way of the capitals, which folds more than lower case alone: ß, and the dotless i.
  const folded = visible.toUpperCase().toLowerCase()
  const bare = folded.normalize('NFD').replace(marks, '').normalize('NFC')
  const words = bare.replace(quotes, '').replace(brackets, ' ').replace(white, ' ')
  return words.replace(edges, '')
}
