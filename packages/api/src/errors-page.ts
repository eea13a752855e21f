import type { Failure } from './problem-table.ts'
import { problemTable } from './problem-table.ts'

const rows = Object.entries(problemTable) as readonly [string, Failure][]

const answered = rows
  .filter(([, { status }]) => status !== null)
  .sort(([a, one], [b, two]) => (one.status ?? 0) - (two.status ?? 0) || (a < b ? -1 : 1))
const itemsOnly = rows.filter(([, { status }]) => status === null)

const retry = ({ retryAfterSeconds }: Failure): string =>
  retryAfterSeconds === undefined ? '' : ` Try again after ${retryAfterSeconds} s.`

const intro = [
  'Every failed request is answered as `application/problem+json` (RFC 9457):',
  '`{ type, title, status, code, detail, field? }`. The `code` is stable, the texts are not.',
  '`field` names what was wrong; no answer repeats its value.',
]

/** `docs/errors.md`: the table of failures as a page. A test compares the two. */
export function errorsMarkdown(): string {
  const line = ([code, failure]: readonly [string, Failure]): string => {
    const { status, meaning } = failure
    return `| <a id="${code}"></a>\`${code}\` | ${status ?? ''} | ${meaning}${retry(failure)} |`
  }
  return [
    '# Errors',
    '',
    '<!-- Written by packages/api/src/write-errors-page.ts from the table of failures. -->',
    '',
    ...intro,
    '',
    '## Of a request',
    '',
    '| code | status | meaning |',
    '| --- | --- | --- |',
    ...answered.map(line),
    '',
    '## Of one item in its place',
    '',
    'A bad item in a list fails nobody else: the request is answered 200, and the item holds a',
    '`problem` with one of these codes, or `unknown-group`.',
    '',
    '| code | | meaning |',
    '| --- | --- | --- |',
    ...itemsOnly.map(line),
    '',
  ].join('\n')
}

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const asCode = (text: string): string => escapeHtml(text).replace(/`([^`]*)`/g, '<code>$1</code>')

/** `/docs/errors`: the same table where the `type` of a problem points. */
export function errorsHtml(): string {
  const row = ([code, failure]: readonly [string, Failure]): string =>
    `<tr id="${code}"><td><code>${code}</code></td><td>${failure.status ?? 'in its item'}</td>` +
    `<td>${asCode(failure.meaning + retry(failure))}</td></tr>`
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Errors</title><style>',
    'body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}',
    'td{padding:.4rem .8rem .4rem 0;vertical-align:top;border-top:1px solid #ccc}',
    'tr:target{background:#fff3c4}</style></head><body><h1>Errors</h1>',
    `<p>${asCode(intro.join(' '))}</p><table>`,
    ...[...answered, ...itemsOnly].map(row),
    '</table></body></html>',
  ].join('\n')
}
