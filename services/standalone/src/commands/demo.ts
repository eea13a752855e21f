import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteEventReader } from '@ledger/adapter-sqlite'
import { createLifecycle, createLogger, nowMicros, readConfig } from '@ledger/runtime'
import { startStandalone } from '../compose.ts'
import { configSchema } from '../config.ts'
import { demoClient } from '../demo/client.ts'
import { demoDay } from '../demo/day.ts'
import type { Checked, Overruled, Played } from '../demo/play.ts'
import { check, overruled, play, visibleLags } from '../demo/play.ts'
import type { ShuffledState } from '../demo/shuffled-state.ts'
import { shuffledState } from '../demo/shuffled-state.ts'
import { UsageError } from '../usage-error.ts'

const lagSamples = 200

/** Plays one day into a temporary ledger; 0 only when everything was as it must be. */
export async function run(args: readonly string[]): Promise<number> {
  if (args.length > 0) throw new UsageError('demo takes no options')
  const dataDir = mkdtempSync(join(tmpdir(), 'subscription-ledger-demo-'))
  const lifecycle = createLifecycle()
  try {
    const config = readConfig(configSchema, { DATA_DIR: dataDir, PORT: '0' })
    const logger = createLogger({ level: 'warn' })
    const { address, generatedAdminKey } = await startStandalone(config, lifecycle, logger)
    const client = demoClient(address, generatedAdminKey ?? '')
    const { acts, expectations } = demoDay(nowMicros())
    const played = await play(client, acts)
    const lags = await visibleLags(client, lagSamples)
    const checked = await check(client, expectations)
    const without = await overruled(client, expectations)
    const reader = await openSqliteEventReader({ path: join(dataDir, 'log.db') })
    const seed = randomBytes(4).toString('hex')
    const state = await shuffledState(reader, nowMicros(), seed)
    await reader.close()
    process.stdout.write(report(played, without, checked, lags, state, seed))
    return isAllWell(played, checked, lags, state) ? 0 : 1
  } finally {
    await lifecycle.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

const windowMs = 60_000

function isAllWell(
  played: readonly Played[],
  checked: readonly Checked[],
  lags: readonly number[],
  state: ShuffledState,
): boolean {
  return (
    played.every(({ isAsExpected }) => isAsExpected) &&
    checked.every(({ isMet }) => isMet) &&
    (lags.at(-1) ?? windowMs) < windowMs &&
    state.replayed.hash === state.shuffled.hash
  )
}

const mark = (isGood: boolean): string => (isGood ? 'ok  ' : 'FAIL')

function report(
  played: readonly Played[],
  without: readonly Overruled[],
  checked: readonly Checked[],
  lags: readonly number[],
  state: ShuffledState,
  seed: string,
): string {
  const problems = played.flatMap(({ outcomes }) =>
    outcomes.flatMap(({ outcome, problem }) =>
      problem === undefined ? [] : [`       ${outcome}: ${problem.detail}`],
    ),
  )
  const percentile = (share: number): string =>
    (lags[Math.min(lags.length - 1, Math.floor(lags.length * share))] ?? 0).toFixed(1)
  const isSameState = state.replayed.hash === state.shuffled.hash
  return [
    'the day',
    ...played.map(({ act, counts, isAsExpected }) => {
      const said = Object.entries(counts).map(([outcome, number]) => `${number} ${outcome}`)
      return `  ${mark(isAsExpected)} ${act.says}: ${said.join(', ')}`
    }),
    '',
    'what was refused, quarantined or in conflict',
    ...new Set(problems),
    '',
    'what was recorded and does not count',
    ...without.map(({ type, ruleId, why }) => `       ${type} (${ruleId}): ${why}`),
    '',
    'who may be messaged at the end of it',
    ...checked.map(
      ({ expectation, state: found, permitted, isMet }) =>
        `  ${mark(isMet)} ${expectation.group}: ${found}, ${permitted ? 'yes' : 'no'} ` +
        `(${expectation.because})`,
    ),
    '',
    `visible after acknowledgement, ms, ${lags.length} samples: ` +
      `p50 ${percentile(0.5)}, p99 ${percentile(0.99)}, max ${percentile(1)}`,
    `  ${mark(isSameState)} ${state.events} events, shuffled (seed ${seed}) and doubled, ` +
      'give the same state: ' +
      state.shuffled.hash.slice(0, 16),
    '',
  ].join('\n')
}
