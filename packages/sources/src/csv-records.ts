import { parse } from 'csv-parse/sync'
import { isOptOutWord } from './columns.ts'

/** The longest record that is read, in characters; what is longer is cut and broken. */
export const recordCharsMax = 64 * 1024

/** One record of a file. */
export type CsvRecord = {
  readonly cells: readonly string[]
  /** It is no CSV: its cells are whatever stands between its delimiters. */
  readonly isBroken: boolean
}

/** Reads a text piece by piece; holds no more of it than one record and what was pushed last. */
export type CsvRecords = {
  /** The records that are complete with this piece; empty lines are none. */
  readonly push: (text: string) => readonly CsvRecord[]
  /** What is left when the text has ended. */
  readonly end: () => readonly CsvRecord[]
}

/** How a file is written. */
export type CsvShape = { readonly delimiter: string; readonly columns: number }

type Raw = {
  readonly text: string
  readonly isBroken: boolean
  /** A quoted cell runs over line ends. */
  readonly isMultiLine: boolean
}

/**
 * Splits CSV (RFC 4180, any line end) into records. A parser alone would let one stray quote
 * swallow the rows behind it, and with them opt-outs. So the text is cut at record ends first, and
 * a quote that does not close as it should costs its own line only.
 * @param columns how many cells a record has; a quoted cell over several lines is believed only
 *   where the count is right
 */
export function createCsvRecords({ delimiter, columns }: CsvShape): CsvRecords {
  let pending = ''
  /** Within a line that was too long, until it ends. */
  let isCutting = false

  const cut = (isLast: boolean): readonly Raw[] => {
    const raws: Raw[] = []
    let from = 0
    while (from < pending.length) {
      const lineEnd = endOfLine(pending, from)
      if (lineEnd === -1) break
      const quote = pending.slice(from, lineEnd).includes('"')
      const found = quote ? endOfRecord(pending, from, delimiter) : lineEnd
      if (found === 'open' && !isLast && pending.length - from <= recordCharsMax) break
      const isWhole = typeof found === 'number'
      const end = isWhole ? found : lineEnd
      const text = pending.slice(from, Math.min(end, from + recordCharsMax))
      const isBroken = !isWhole || end - from > recordCharsMax
      if (!isCutting && text.trim() !== '') {
        raws.push({ text, isBroken, isMultiLine: end !== lineEnd })
      }
      isCutting = false
      from = afterLineEnd(pending, end)
    }
    pending = pending.slice(from)
    return raws
  }

  const withoutEndlessLine = (raws: readonly Raw[]): readonly Raw[] => {
    if (pending.length <= recordCharsMax || endOfLine(pending, 0) !== -1) return raws
    const text = pending.slice(0, recordCharsMax)
    pending = ''
    if (isCutting) return raws
    isCutting = true
    return [...raws, { text, isBroken: true, isMultiLine: false }]
  }

  return {
    push: (text) => {
      pending += text
      return parseAll(withoutEndlessLine(cut(false)), { delimiter, columns })
    },
    end: () => {
      pending += '\n'
      return parseAll(cut(true), { delimiter, columns })
    },
  }
}

function endOfLine(text: string, from: number): number {
  const lineFeed = text.indexOf('\n', from)
  const before = lineFeed === -1 ? text.slice(from) : text.slice(from, lineFeed)
  const carriageReturn = before.indexOf('\r')
  return carriageReturn === -1 ? lineFeed : from + carriageReturn
}

const afterLineEnd = (text: string, end: number): number =>
  text[end] === '\r' && text[end + 1] === '\n' ? end + 2 : end + 1

const isLineEnd = (char: string | undefined): boolean => char === '\n' || char === '\r'

/** Where a record with quotes ends: `open` while a quote is, `stray` where one cannot be. */
function endOfRecord(text: string, from: number, delimiter: string): number | 'open' | 'stray' {
  const afterSpaces = (start: number): number => {
    let at = start
    while (text[at] === ' ') at += 1
    return at
  }
  let at = from
  while (at - from <= recordCharsMax) {
    at = afterSpaces(at)
    if (text[at] === '"') {
      const closing = closingQuote(text, at + 1, from + recordCharsMax)
      if (closing === -1) return 'open'
      at = afterSpaces(closing + 1)
      if (at < text.length && !isLineEnd(text[at]) && text[at] !== delimiter) return 'stray'
    } else {
      while (at < text.length && !isLineEnd(text[at]) && text[at] !== delimiter) at += 1
    }
    if (at >= text.length) return 'open'
    if (isLineEnd(text[at])) return at
    at += 1
  }
  return 'stray'
}

function closingQuote(text: string, from: number, until: number): number {
  let at = text.indexOf('"', from)
  while (at !== -1 && at < until && text[at + 1] === '"') at = text.indexOf('"', at + 2)
  // A quote at the very end may be the first of two.
  return at < until && at + 1 < text.length ? at : -1
}

const csvOptions = {
  trim: true,
  relax_quotes: true,
  relax_column_count: true,
  record_delimiter: '\n',
} as const

function parseAll(raws: readonly Raw[], shape: CsvShape): readonly CsvRecord[] {
  const records: CsvRecord[] = []
  let whole: Raw[] = []
  const flush = (): void => {
    const parsed = parseTogether(whole, shape.delimiter)
    for (const [index, record] of parsed.entries()) {
      const raw = whole[index]
      const isBelieved = raw?.isMultiLine !== true || isOneRecord(raw.text, record, shape)
      records.push(...(isBelieved ? [record] : linesOf(raw.text, shape)))
    }
    whole = []
  }
  for (const raw of raws) {
    if (!raw.isBroken) {
      whole.push(raw)
      continue
    }
    flush()
    records.push(splitAsItIs(raw.text, shape.delimiter))
  }
  flush()
  return records
}

/**
 * Whether lines are the one record that their quotes make of them: not where the number of cells
 * is wrong, nor where one of the lines is, by itself, a row that wants out. Two stray quotes around
 * it are likelier than somebody who quotes one.
 */
function isOneRecord(text: string, record: CsvRecord, { delimiter, columns }: CsvShape): boolean {
  const isOptOutRow = (line: string): boolean => {
    const { cells } = splitAsItIs(line, delimiter)
    return cells.length === columns && cells.some(isOptOutWord)
  }
  return record.cells.length === columns && !linesIn(text).some(isOptOutRow)
}

/** In one call, which is many times faster than one for each. */
function parseTogether(raws: readonly Raw[], delimiter: string): readonly CsvRecord[] {
  const [first, ...rest] = raws
  if (first === undefined) return []
  try {
    const text = raws.map((raw) => raw.text).join('\n')
    const rows = parse(text, { ...csvOptions, delimiter })
    if (rows.length === raws.length) return rows.map((cells) => ({ cells, isBroken: false }))
  } catch {
    // One of them is no CSV after all; it is found alone.
  }
  if (rest.length === 0) return [splitAsItIs(first.text, delimiter)]
  return raws.flatMap((raw) => parseTogether([raw], delimiter))
}

const linesIn = (text: string): readonly string[] => text.split(/\r\n|\r|\n/)

/** The lines that a stray quote had joined, each by itself. */
function linesOf(text: string, { delimiter }: CsvShape): readonly CsvRecord[] {
  const lines = linesIn(text).filter((line) => line.trim() !== '')
  return lines.flatMap((line) =>
    typeof endOfRecord(`${line}\n`, 0, delimiter) === 'number'
      ? parseTogether([{ text: line, isBroken: false, isMultiLine: false }], delimiter)
      : [splitAsItIs(line, delimiter)],
  )
}

/** A line that is no CSV still says of whom an opt-out in it speaks. */
function splitAsItIs(text: string, delimiter: string): CsvRecord {
  const cells = text.split(delimiter).map((cell) => cell.replaceAll('"', '').trim())
  return { cells, isBroken: true }
}
