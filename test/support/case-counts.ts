import { writeFileSync } from 'node:fs'
import type { Reporter, TestCase, TestModule } from 'vitest/node'

/** How many cases ended how. A case that is still to be written counts as skipped. */
export type CaseCounts = {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** Names every case that did not run, with its reason: what is skipped silently is forgotten. */
function skippedLine(test: TestCase): string {
  const result = test.result()
  const note = result.state === 'skipped' ? result.note : undefined
  const reason = test.options.mode === 'todo' ? 'still to be written' : (note ?? 'no reason given')
  return `  skipped: ${test.module.relativeModuleId} > ${test.fullName} (${reason})`
}

/**
 * A file that could not be read as tests, or a hook that failed, fails no case but fails the run.
 */
const failuresBeside = (module: TestModule): number =>
  module.errors().length +
  [...module.children.allSuites()].flatMap((suite) => suite.errors()).length

function countCases(modules: readonly TestModule[], unhandled: number) {
  const cases = modules.flatMap((module) => [...module.children.allTests()])
  const inState = (state: string) => cases.filter((test) => test.result().state === state)
  const beside = modules.reduce((sum, module) => sum + failuresBeside(module), unhandled)
  // A case that never began, because its file stopped before, was not passed.
  const failed = inState('failed').length + inState('pending').length + beside
  return { passed: inState('passed').length, failed, skipped: inState('skipped') }
}

/**
 * Says at the end which cases were skipped and why, and how many there were of each kind. The
 * counts go as JSON into the file that `CASE_COUNTS_FILE` names, for whoever adds them up.
 */
export default class CaseCountsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const { passed, failed, skipped } = countCases(modules, unhandledErrors.length)
    const counts: CaseCounts = { passed, failed, skipped: skipped.length }
    const summary = `${passed} passed, ${failed} failed, ${skipped.length} skipped`
    process.stdout.write(`${[...skipped.map(skippedLine), summary].join('\n')}\n`)
    const file = process.env['CASE_COUNTS_FILE']
    if (file !== undefined) writeFileSync(file, `${JSON.stringify(counts)}\n`)
  }
}
