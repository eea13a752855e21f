import { moduleSyntax } from './module-syntax.ts'
import type { Check } from './tree.ts'
import { finding, linesLike, typeScriptOf } from './tree.ts'

const fileLinesMax = 300
const functionLinesMax = 70
const lineLengthMax = 100

/** A file is read in one sitting. */
export const filesAreShort: Check = (tree) =>
  typeScriptOf(tree).flatMap(([path, text]) => {
    const lines = text.split('\n').length - 1
    return lines > fileLinesMax
      ? [finding(path, 1, `${lines} lines, expected at most ${fileLinesMax}`)]
      : []
  })

/** A function fits on a screen; one that only holds tests is as long as these are. */
export const functionsAreShort: Check = (tree) =>
  typeScriptOf(tree).flatMap(([path, text]) =>
    moduleSyntax(text)
      .functions.filter(({ lines, holdsTests }) => lines > functionLinesMax && !holdsTests)
      .map(({ name, line, lines }) =>
        finding(path, line, `${name} has ${lines} lines, expected at most ${functionLinesMax}`),
      ),
  )

const tooLong = new RegExp(`^.{${lineLengthMax + 1}}`, 'u')

/** The title of a test is a sentence, which prettier keeps on one line. */
const testTitle = /^\s*(describe|it|test)\b[^'"`]*['"`]/

/** What prettier cannot break, somebody must. */
export const linesAreShort: Check = (tree) =>
  typeScriptOf(tree).flatMap(([path, text]) =>
    linesLike(text, tooLong)
      .filter(([, line]) => !testTitle.test(line))
      .map(([line]) => finding(path, line, `longer than ${lineLengthMax} characters`)),
  )
