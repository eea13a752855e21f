import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { ConfigError } from '@ledger/runtime'
import { UsageError } from './usage-error.ts'

// Five threads have a heap each, and each grows by half of what it holds instead of doubling: less
// memory for some of the throughput (docs/measurements.md). How large their nurseries are stands
// where the process is started: it cannot be set from here for the main thread.
setFlagsFromString('--heap-growing-percent=50')
// Each thread that reads TypeScript loads a compiler to strip the types, 13 MB a thread. From the
// second start on the stripped code is found here, 48 MB less at rest; threads find it by the name
// in the environment. Beside the code, because who can write to the cache can change the program.
const compileCache = fileURLToPath(new URL('../../../node_modules/.cache/ledger', import.meta.url))
enableCompileCache((process.env['NODE_COMPILE_CACHE'] ??= compileCache))

const commands: Readonly<
  Record<string, () => Promise<{ run: (args: string[]) => Promise<number> }>>
> = {
  serve: () => import('./commands/serve.ts'),
  demo: () => import('./commands/demo.ts'),
  rebuild: () => import('./commands/rebuild.ts'),
  replay: () => import('./commands/replay.ts'),
  keys: () => import('./commands/keys.ts'),
  sources: () => import('./commands/sources.ts'),
  import: () => import('./commands/import.ts'),
  export: () => import('./commands/export.ts'),
  groups: () => import('./commands/groups.ts'),
  parked: () => import('./commands/parked.ts'),
  backup: () => import('./commands/backup.ts'),
  restore: () => import('./commands/restore.ts'),
  'accept-loss': () => import('./commands/accept-loss.ts'),
  verify: () => import('./commands/verify.ts'),
  'master-key': () => import('./commands/master-key.ts'),
}

const help = `usage: npm run ledger -- <command> [options]

  serve     start the ledger (npm start)
  demo      play one day into a ledger of its own and check every answer
  rebuild   build the read model anew beside the current one, then switch to it
  replay    the state as of --at, as known at --known-at, with a hash of the whole state
              [--group ID] [--address KIND:VALUE] [--json]
  keys      list | create --name N --scopes a,b [--sources s,t] [--expires-in-days D]
              | rotate ID [--overlap-hours N] | revoke ID
  groups    list | get ID | archive ID | reopen ID | create ID or put ID --name N --channel C
              --brand B --purpose P [--senders a,b] [--double-opt-in] [--confirm-within-days D]
  parked    list | retry POSITION | retry --all: events that could not be applied
  import    record a list: import FILE.csv [--dry-run] [--yes] [--report FILE] [--country US]
              [--format ledger|braze] [--ignore COLUMN,COLUMN] [--json]; run again, it goes on
  export    members --group ID [--state S] | person --address KIND:VALUE
              [--format csv|json] [--out FILE]
  sources   test NAME FILE: the signals that a captured webhook would become
              | replay ID: read the webhook of a review again, which nobody could read
  backup    copy log, vault, desk and master.key into an empty folder, running or not
              FOLDER [--without-master-key] [--json]
  restore   check a backup and put it into DATA_DIR; --replace sets aside what is there
              FOLDER [--replace] [--json]
  verify    check that log, vault, desk and read model are whole and agree, row by row [--json]
  master-key rotate
            change the master key: in master.key, or to LEDGER_MASTER_KEY_NEW [--json]
  accept-loss
            go on with a log that ends before what its vault has seen

rebuild, keys, groups, parked, sources, import and export talk to the ledger that runs on
DATA_DIR, with the key in ADMIN_KEY, or open its files when none runs. replay, backup, verify and
master-key work beside it, on its files; restore and accept-loss need it stopped. Exit codes: 0
done, 1 found something wrong, 2 used wrongly.
`

/** Runs one command; whatever keeps the process open ends it by itself. */
async function main(): Promise<void> {
  const [name, ...args] = process.argv.slice(2)
  if (name === undefined) throw new UsageError('which command?')
  if (['help', '--help', '-h'].includes(name)) {
    process.stdout.write(help)
    return
  }
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (load === undefined) throw new UsageError(`there is no command ${JSON.stringify(name)}`)
  const { run } = await load()
  process.exitCode = await run(args)
}

/** True when the words or the environment were wrong, and not the ledger. */
function isMisused(error: unknown): boolean {
  if (error instanceof UsageError || error instanceof ConfigError) return true
  // What `parseArgs` throws for an option that a command does not have.
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return code.startsWith('ERR_PARSE_ARGS')
}

/** Errors that name their cause; by name, because a class would bring its whole room along. */
const selfExplaining = new Set(['IncompatibleDatabase', 'DamagedDatabase'])

/** What went wrong, and because of what: `a store is out of reach` alone helps nobody. */
function messagesOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [String(error)]
  if (selfExplaining.has(error.name)) return [error.message]
  return error.cause === undefined ? [error.message] : [error.message, ...messagesOf(error.cause)]
}

main().catch((error: unknown) => {
  const isMisuse = isMisused(error)
  process.stderr.write(`${messagesOf(error).join(': ')}\n`)
  if (error instanceof UsageError) process.stderr.write(`\n${help}`)
  process.exit(isMisuse ? 2 : 1)
})
