import type { Check } from './tree.ts'
import { finding, linesLike } from './tree.ts'

// Spelled so that this file does not find itself.
const marker = new RegExp(`\\b(TO${''}DO|FIX${''}ME|X${''}XX|HA${''}CK)\\b`)
const amnesty = new RegExp(`eslint-${''}disable|prettier-${''}ignore|@ts-${''}(ignore|nocheck)`)
const halt = /^\s*debugger\b/

const codeEndings = /\.(ts|mjs|sql|md)$|^\.ci\//

/** What was left behind: a marker without an issue, a rule switched off, a halted debugger. */
export const nothingLeftBehind: Check = (tree) =>
  [...tree].flatMap(([path, text]) => {
    if (!codeEndings.test(path)) return []
    return [
      ...linesLike(text, marker).map(([line]) => finding(path, line, 'holds a leftover marker')),
      ...linesLike(text, amnesty).map(([line]) => finding(path, line, 'switches a rule off')),
      ...linesLike(text, halt).map(([line]) => finding(path, line, 'halts in a debugger')),
    ]
  })
