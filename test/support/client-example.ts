import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const readme = readFileSync(
  fileURLToPath(new URL('../../packages/client/README.md', import.meta.url)),
  'utf8',
)

const blockOf = (language: string): string =>
  new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'm').exec(readme)?.[1] ?? ''

/** The example of the client's README, which takes the client from a path. */
export const clientExample = (path: string): string =>
  blockOf('ts').replace("'@ledger/client'", JSON.stringify(path))

/** What the README says that the example prints. */
export const clientExamplePrints = (): string => blockOf('text')
