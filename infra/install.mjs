// Installs the locked dependencies when they are missing or older than the lock file, so that
// `npm start` and `npm test` are the only commands a newcomer needs. Runs on any Node from 20 up;
// what follows it runs on the Node pinned in package.json, which npm installs as a package.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const pinnedNode = join(root, 'node_modules', '.bin', 'node')
const stamp = join(root, 'node_modules', '.package-lock.json')

/** True when every package of the lock file stands in node_modules at its locked version. */
function isInstalled() {
  if (!existsSync(pinnedNode) || !existsSync(stamp)) return false
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  const found = JSON.parse(readFileSync(stamp, 'utf8')).packages
  return Object.entries(wanted).every(
    ([path, meta]) =>
      path === '' ||
      meta.optional ||
      meta.link ||
      !path.includes('node_modules') ||
      found[path]?.version === meta.version,
  )
}

if (!isInstalled()) {
  process.stderr.write('installing dependencies (npm ci), once ...\n')
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  execFileSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  })
}
const version = execFileSync(pinnedNode, ['--version'], { encoding: 'utf8' }).trim()
if (Number(version.slice(1).split('.')[0]) < 26) {
  process.stderr.write(`node_modules/.bin/node is ${version}; the ledger needs 26 or newer.\n`)
  process.exit(1)
}
