// Asks the registry whether anything that we ship has a known weakness of high severity or worse.
// Ends with 0 when it has none, with 1 when it has, and with 77 when nobody answered: a registry
// without advisories (a mirror, say) is no proof of anything, and must not look like one.
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const notAnswered = 77
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
const asked = spawnSync(npm, ['audit', '--omit=dev', '--audit-level=high', '--json'], {
  cwd: join(dirname(fileURLToPath(import.meta.url)), '..'),
  encoding: 'utf8',
  timeout: 25_000,
})

function reportOf(text) {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}

const { metadata, vulnerabilities = {}, error, message } = reportOf(asked.stdout ?? '')
if (metadata?.vulnerabilities === undefined) {
  const reason = error?.summary || message || asked.error?.message || 'no reason given'
  process.stdout.write(`the registry gave no advisories: ${reason}\n`)
  process.exit(notAnswered)
}
for (const [name, { severity, via }] of Object.entries(vulnerabilities)) {
  const titles = via.map((each) => (typeof each === 'string' ? `by ${each}` : each.title))
  process.stdout.write(`${severity}: ${name}: ${titles.join('; ')}\n`)
}
const { total, high, critical } = metadata.vulnerabilities
process.stdout.write(`${total} known weaknesses, ${high + critical} of them high or critical\n`)
process.exit(high + critical > 0 ? 1 : 0)
