/**
 * What a spreadsheet may run as a formula: a cell that begins so (OWASP, CSV injection), also in
 * full-width letters. Apostrophes before it count too, so that taking back undoes neutralising for
 * every text there is.
 */
const beginsLikeFormula = /^'*[=+\-@\t\r\n＝＋－＠]/

/**
 * A cell that no spreadsheet takes for a formula: an apostrophe goes before one that begins like
 * one. Phones do, with their plus.
 */
export const neutralised = (cell: string): string =>
  beginsLikeFormula.test(cell) ? `'${cell}` : cell

/** What `neutralised` was given; also of a phone that somebody typed with an apostrophe. */
export const takenBack = (cell: string): string =>
  cell.startsWith("'") && beginsLikeFormula.test(cell) ? cell.slice(1) : cell

const needsQuotes = /[",;\r\n]|^\s|\s$/

/** One line of CSV as RFC 4180 has it, ended by CRLF, each cell neutralised. */
export function csvLine(cells: readonly string[]): string {
  const written = cells.map((cell) => {
    const safe = neutralised(cell)
    return needsQuotes.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
  })
  return `${written.join(',')}\r\n`
}

const wrappedAsText = /^=\s*"([^"]*)"$/
const scientific = /^[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d+$/

/**
 * A phone as it stood before a spreadsheet had it: without the `="..."` and the apostrophe that
 * keep it text, the equals sign of a formula, and the `.0` of a number.
 */
export function repairedPhone(cell: string): string {
  const wrapped = wrappedAsText.exec(cell)?.[1] ?? cell
  return wrapped
    .trim()
    .replace(/^'+/, '')
    .replace(/^=(?=[+\d])/, '')
    .replace(/^(\+?\d{7,})\.0+$/, '$1')
    .trim()
}

/** True for `1.20256E+10`: digits are lost, and nothing brings them back. */
export const hasLostDigits = (cell: string): boolean => scientific.test(cell)
