import type { Check } from './tree.ts'
import { finding, isTestCode, linesLike, typeScriptOf } from './tree.ts'

const words = '(describe|suite|it|test|bench)'
// Spelled so that this file does not find itself.
const focused = new RegExp(`\\b${words}(\\.\\w+)*\\.on${''}ly\\b`)
const skippedAtOnce = new RegExp(`\\b(${words}(\\.\\w+)*\\.(skip|skipIf|runIf)|x${words})\\b`)
const skippedBare = /\bskip\(\s*\)|\bskip\([^,'"`]*\)/
const unwritten = new RegExp(`\\b${words}\\.to${''}do\\(`)
const withReason = /\([^()]+\)['"`]/

const testFiles: (tree: Parameters<Check>[0]) => ReturnType<typeof typeScriptOf> = (tree) =>
  typeScriptOf(tree).filter(([path]) => isTestCode(path) && !path.startsWith('test/tidy/'))

/** A focused test hides all others. */
export const noFocusedTests: Check = (tree) =>
  testFiles(tree).flatMap(([path, text]) =>
    linesLike(text, focused).map(([line]) => finding(path, line, 'runs alone')),
  )

/**
 * A test is skipped at run time with `context.skip(condition, 'reason')`, which the report prints;
 * one still to be written says in brackets at the end of its title what it waits for.
 */
export const skipsSayWhy: Check = (tree) =>
  testFiles(tree).flatMap(([path, text]) => [
    ...linesLike(text, skippedAtOnce).map(([line]) =>
      finding(path, line, "skips without a reason: use context.skip(condition, 'reason')"),
    ),
    ...linesLike(text, skippedBare).map(([line]) => finding(path, line, 'skips without a reason')),
    ...linesLike(text, unwritten)
      .filter(([line]) => !withReason.test(callAt(text, line)))
      .map(([line]) => finding(path, line, 'does not say what it waits for, in brackets')),
  ])

/** A call with its arguments, which prettier may have put on lines of their own. */
const callAt = (text: string, line: number): string =>
  text
    .split('\n')
    .slice(line - 1, line + 2)
    .join(' ')
