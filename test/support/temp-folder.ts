import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** Makes an empty folder, and says how it goes away. */
export function makeTempFolder(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'ledger-test-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** An empty folder of its own for one test, gone when the test is over. */
export function tempFolder(): string {
  const { path, remove } = makeTempFolder()
  onTestFinished(remove)
  return path
}
