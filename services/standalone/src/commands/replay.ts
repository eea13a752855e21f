import { parseArgs } from 'node:util'
import { openSqliteEventReader, openSqliteVaultReader } from '@ledger/adapter-sqlite'
import { replay, summarise } from '@ledger/audit'
import type { Replayed } from '@ledger/audit'
import type { GroupId, Micros, Position, SubjectId } from '@ledger/domain'
import { addressSchema, formatInstant, normaliseAddress, parseInstant } from '@ledger/domain'
import { openKeyring } from '@ledger/ledger'
import type { AsOf } from '@ledger/read-models'
import { pairAnswer } from '@ledger/read-models'
import { nowMicros, readConfig } from '@ledger/runtime'
import { configSchema } from '../config.ts'
import type { Config } from '../config.ts'
import type { DataFolder } from '../data-folder.ts'
import { openExistingDataFolder } from '../data-folder.ts'
import { chooseMasterKey, masterKeysAtHand } from '../master-key.ts'
import { progressLine } from '../progress-line.ts'
import { UsageError } from '../usage-error.ts'

/**
 * Folds the log anew as of two instants and prints the state and its hash. Only reads, so it works
 * beside a running ledger as well as on its files.
 */
export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      at: { type: 'string' },
      'known-at': { type: 'string' },
      group: { type: 'string' },
      address: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  })
  const config = readConfig(configSchema, process.env)
  const folder = openExistingDataFolder(config.DATA_DIR)
  const reader = await openSqliteEventReader({ path: folder.log })
  try {
    const at = instantOf('--at', values.at) ?? nowMicros()
    const knownAt = knownAtOf(values['known-at'], reader.logId) ?? Number.MAX_SAFE_INTEGER
    const line = progressLine('replay')
    const replayed = await replay(reader, { at, knownAt }, (events) => line.show(events, null))
    const wanted = { group: values.group as GroupId | undefined, at, knownAt }
    const subject =
      values.address === undefined
        ? undefined
        : await findSubject(config, folder, reader.logId, values.address)
    if (wanted.group !== undefined && !replayed.groups.has(wanted.group)) {
      process.stderr.write('the group was not defined then\n')
      return 1
    }
    const report = reportOf(replayed, wanted, subject)
    process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : textOf(report))
    return 0
  } finally {
    await reader.close()
  }
}

function instantOf(name: string, text: string | undefined): Micros | undefined {
  if (text === undefined) return undefined
  const at = parseInstant(text)
  if (at === null)
    throw new UsageError(
      `${name} takes an RFC 3339 instant, such as 2026-05-01T10:00:00Z` +
        (name === '--known-at' ? ', or a position of this log' : ''),
    )
  return at
}

function knownAtOf(text: string | undefined, logId: string): AsOf['knownAt'] | undefined {
  if (text?.startsWith(`${logId}-`)) return text as Position
  return instantOf('--known-at', text)
}

/** The subject of `kind:value`; null when nothing was ever recorded under it. */
async function findSubject(
  config: Config,
  folder: DataFolder,
  logId: string,
  text: string,
): Promise<SubjectId | null> {
  const colon = Math.max(0, text.indexOf(':'))
  const address = addressSchema.safeParse({
    kind: text.slice(0, colon),
    value: text.slice(colon + 1),
  })
  if (!address.success)
    throw new UsageError('--address takes KIND:VALUE, such as phone:+12025550143')
  const vault = await openSqliteVaultReader({ path: folder.vault })
  try {
    const masterKey = await chooseMasterKey(folder, masterKeysAtHand(folder, config), vault)
    const keyring = await openKeyring(masterKey, vault, logId)
    const [entry] = await vault.findByAddress([keyring.addressHash(normaliseAddress(address.data))])
    return entry?.subject ?? null
  } finally {
    await vault.close()
  }
}

type Wanted = { readonly group: GroupId | undefined } & AsOf

function reportOf(replayed: Replayed, wanted: Wanted, subject: SubjectId | null | undefined) {
  const { rows, groups, events, head } = replayed
  const { at, knownAt, group: only } = wanted
  const { hash, pairs, byGroup } = summarise(replayed, at)
  const shown = [...groups.values()].filter(({ id }) => only === undefined || id === only)
  const states =
    subject === undefined
      ? undefined
      : shown.map((group) => {
          const found = subject ?? ('' as SubjectId)
          const { state, since, ruleId } = pairAnswer(group, found, (each) => rows.get(each), at)
          return {
            group: group.id,
            state,
            since: since === null ? null : formatInstant(since),
            ruleId,
          }
        })
  const everKnown = knownAt === Number.MAX_SAFE_INTEGER
  return {
    at: formatInstant(at),
    knownAt: everKnown ? null : typeof knownAt === 'number' ? formatInstant(knownAt) : knownAt,
    events,
    head,
    pairs,
    hash,
    groups: shown
      .map(({ id }) => ({ group: id, states: Object.fromEntries(byGroup.get(id) ?? []) }))
      .sort((a, b) => (a.group < b.group ? -1 : 1)),
    ...(states === undefined ? {} : { states }),
  }
}

function textOf(report: ReturnType<typeof reportOf>): string {
  const counts = (states: Readonly<Record<string, number>>): string =>
    Object.entries(states)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([state, number]) => `${number} ${state}`)
      .join(', ')
  return [
    `as of      ${report.at}`,
    `known at   ${report.knownAt ?? 'the end of the log'}`,
    `read       ${report.events} events, up to ${report.head ?? 'none'}`,
    ...report.groups.map(
      ({ group, states }) => `group      ${group}: ${counts(states) || 'nobody'}`,
    ),
    ...(report.states ?? []).map(
      ({ group, state, since, ruleId }) =>
        `state      ${group}: ${state}${since === null ? '' : ` since ${since}`} (${ruleId})`,
    ),
    `state hash ${report.hash} over ${report.pairs} pairs`,
    '',
  ].join('\n')
}
