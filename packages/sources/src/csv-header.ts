import type { CsvShape } from './csv-records.ts'

/** The head of a file: how it is written, and what its columns are called. */
export type CsvHeader = CsvShape & {
  /** Lower-case, in order; those that a file calls otherwise under our name. */
  readonly names: readonly string[]
  /** The same as they stand in the file. */
  readonly written: readonly string[]
  /** Lines before the first row. */
  readonly lines: number
}

const delimiters = [',', ';', '\t'] as const

/** What Excel writes before the header to say how it separates. */
const separatorLine = /^sep=([,;\t])$/i

/** Other names for our columns: those of tills, and of our own answers and exports. */
const otherNames: ReadonlyMap<string, string> = new Map([
  ['kind', 'address_kind'],
  ['location_id', 'store_id'],
  ['claimed_at', 'occurred_at'],
  ['since', 'occurred_at'],
  ['disclosure_ref', 'disclosure_id'],
  ['channel', 'family'],
])

/** The name under which we know a column. */
export function columnName(written: string): string {
  const name = written.trim().toLowerCase()
  return otherNames.get(name) ?? name
}

/** Reads the header from the first lines of a text; the delimiter is the most frequent in it. */
export function readCsvHeader(text: string): CsvHeader {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/)
  const filled = lines.filter((line) => line.trim() !== '')
  const separator = separatorLine.exec(filled[0]?.trim() ?? '')?.[1]
  const line = filled[separator === undefined ? 0 : 1] ?? ''
  const count = (delimiter: string): number => line.split(delimiter).length
  const delimiter =
    separator ?? delimiters.reduce((best, each) => (count(each) > count(best) ? each : best))
  const written = line.split(delimiter).map((name) => name.replaceAll('"', '').trim())
  const names = written.map(columnName)
  const lineCount = separator === undefined ? 1 : 2
  return { delimiter, names, written, columns: names.length, lines: lineCount }
}

/** The name that a file itself gives to a column. */
export function writtenName({ names, written }: CsvHeader, column: string): string {
  return written[names.indexOf(column)] ?? column
}

/** What is wrong with the names of a header: that one stands there twice. */
export function problemOfNames(names: readonly string[]): string | null {
  const twice = names.find((name, index) => name !== '' && names.indexOf(name) !== index)
  return twice === undefined ? null : `the header names the column ${JSON.stringify(twice)} twice`
}
