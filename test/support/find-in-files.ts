import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The ways in which a text may lie in a file in clear, or as good as in clear. */
function traces(text: string): readonly (readonly [how: string, bytes: Buffer])[] {
  const utf8 = Buffer.from(text, 'utf8')
  const hash = createHash('sha256').update(utf8).digest()
  return [
    ['as it is', utf8],
    ['in UTF-16', Buffer.from(text, 'utf16le')],
    ['in base64', Buffer.from(utf8.toString('base64').replace(/=+$/, '').slice(0, -1), 'utf8')],
    ['in hex', Buffer.from(utf8.toString('hex'), 'utf8')],
    ['as its plain hash', hash],
    ['as its plain hash in hex', Buffer.from(hash.toString('hex'), 'utf8')],
  ]
}

function findIn(what: string, bytes: Buffer, texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) =>
    traces(text)
      .filter(([, trace]) => bytes.includes(trace))
      .map(([how]) => `${what} holds ${text} ${how}`),
  )
}

/** Where any of these texts can be found in any file of a folder; empty when nowhere. */
export const findInFiles = (folder: string, texts: readonly string[]): readonly string[] =>
  readdirSync(folder).flatMap((name) => findIn(name, readFileSync(join(folder, name)), texts))

/** The same of something that was said. */
export const findInText = (what: string, said: string, texts: readonly string[]) =>
  findIn(what, Buffer.from(said, 'utf8'), texts)
