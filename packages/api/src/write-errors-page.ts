import { writeFileSync } from 'node:fs'
import { errorsMarkdown } from './errors-page.ts'

/**
 * `node packages/api/src/write-errors-page.ts` writes `docs/errors.md` anew after the table
 * changed.
 */
writeFileSync(new URL('../../../docs/errors.md', import.meta.url), errorsMarkdown())
