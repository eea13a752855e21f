/**
 * Measures the ledger beside its floors, in one run, and prints one table and, with `--json FILE`,
 * the same as JSON. `--short` takes about a minute, for CI; figures of a short run are rough.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { diskFloor } from './disk-floor.ts'
import { sendLoad } from './load.ts'
import type { Figure } from './report.ts'
import { printTable } from './report.ts'
import { startServer } from './server.ts'
import type { MeasuredServer } from './server.ts'
import { benchGroup, benchGroupDefinition, signalSource } from './signals.ts'
import { visibleLags } from './visible-lags.ts'

const { values } = parseArgs({
  options: { short: { type: 'boolean', default: false }, json: { type: 'string' } },
})
const isShort = values.short
const seconds = isShort ? 4 : 15
const eventsAtEnd = isShort ? 100_000 : 1_000_000
const rebuildSteps = isShort ? [20_000, eventsAtEnd] : [100_000, eventsAtEnd]
const batchSize = 100
const batchConnections = 16
const singleConnections = 64

const main = new URL('../../services/standalone/src/main.ts', import.meta.url)
const dataDir = mkdtempSync(join(tmpdir(), 'ledger-bench-'))
const source = signalSource('bench', 20_261_123)
const figures: Figure[] = []
const batch = (): string => JSON.stringify(Array.from({ length: batchSize }, source.next))
const one = (): string => JSON.stringify(source.next())
/** What the floor is sent must not count as what the ledger was sent. */
const echoed = signalSource('echoed', 1)
const question = (size: number) => (): string =>
  JSON.stringify({
    group: benchGroup,
    addresses: Array.from({ length: size }, source.knownAddress),
  })

async function call(server: MeasuredServer, method: string, path: string, body: object) {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${path} answered ${response.status}`)
  return response.json()
}

const serve = (): Promise<MeasuredServer> => startServer(main, ['serve'], { DATA_DIR: dataDir })

async function measureIntake(server: MeasuredServer): Promise<number> {
  const load = { path: '/v1/signals', connections: batchConnections, nextBody: batch }
  await sendLoad(server, { ...load, seconds: 2 })
  const { requestsPerSecond, p99Ms } = await sendLoad(server, { ...load, seconds })
  const perSecond = requestsPerSecond * batchSize
  const floor = diskFloor(dataDir, 200_000, batchSize * batchConnections)
  figures.push({
    what: 'intake, batches of 100, signals/s',
    value: perSecond,
    floor,
    must: { atLeast: 15_000 },
    goal: { atLeast: 25_000, shareOfFloor: 0.35 },
    note: `p99 of a batch ${p99Ms.toFixed(0)} ms`,
  })
  return perSecond
}

async function measureSingles(server: MeasuredServer, bare: MeasuredServer): Promise<void> {
  const load = { connections: singleConnections, nextBody: one }
  const nextBody = (): string => JSON.stringify(echoed.next())
  const floor = await sendLoad(bare, { ...load, path: '/', seconds, nextBody })
  const result = await sendLoad(server, { ...load, path: '/v1/signals', seconds })
  figures.push(
    {
      what: 'intake, one per request, signals/s',
      value: result.requestsPerSecond,
      floor: floor.requestsPerSecond,
      must: { shareOfFloor: 0.2 },
      goal: { shareOfFloor: 0.35 },
    },
    { what: 'its p99 acknowledgement, ms', value: result.p99Ms, must: { atMost: 50 } },
  )
}

async function measureState(server: MeasuredServer, bare: MeasuredServer): Promise<void> {
  const load = { connections: singleConnections, nextBody: question(1), seconds }
  const floor = await sendLoad(bare, { ...load, path: '/' })
  const result = await sendLoad(server, { ...load, path: '/v1/state' })
  const thousand = await sendLoad(server, {
    path: '/v1/state',
    connections: 1,
    seconds: Math.min(seconds, 5),
    nextBody: question(1_000),
  })
  figures.push(
    {
      what: 'state of one address, requests/s',
      value: result.requestsPerSecond,
      floor: floor.requestsPerSecond,
      must: { shareOfFloor: 0.4 },
      goal: { shareOfFloor: 0.6 },
    },
    { what: 'state of 1,000 addresses, p50 ms', value: thousand.p50Ms, goal: { atMost: 20 } },
  )
}

async function measureVisibility(server: MeasuredServer, intakePerSecond: number): Promise<void> {
  const load = {
    path: '/v1/signals',
    connections: batchConnections,
    seconds,
    nextBody: batch,
    ratePerSecond: Math.floor((intakePerSecond * 0.8) / batchSize),
  }
  const stop = new AbortController()
  const sampling = visibleLags(server, benchGroup, stop.signal)
  await sendLoad(server, load)
  stop.abort()
  const lags = await sampling
  figures.push(
    {
      what: 'acknowledged to visible at 80 % load, p99 ms',
      value: lags[Math.floor(lags.length * 0.99)] ?? Number.NaN,
      must: { atMost: 250 },
      goal: { atMost: 100 },
      note: `${lags.length} samples`,
    },
    { what: 'its longest, ms', value: lags.at(-1) ?? Number.NaN, must: { atMost: 60_000 } },
  )
}

async function fillTo(server: MeasuredServer, events: number): Promise<void> {
  while (source.made() < events) {
    const bodies = Array.from({ length: batchConnections }, () =>
      call(server, 'POST', '/v1/signals', Array.from({ length: batchSize }, source.next)),
    )
    await Promise.all(bodies)
  }
}

/**
 * Rebuilds by the command line, with no ledger running, and gives events and microseconds per
 * event.
 */
function rebuildOnce(): { events: number; microsPerEvent: number } {
  const printed = execFileSync(
    process.execPath,
    ['--no-warnings', main.pathname, 'rebuild', '--json'],
    {
      env: { ...process.env, DATA_DIR: dataDir },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  )
  const { events, seconds: took } = JSON.parse(printed) as { events: number; seconds: number }
  return { events, microsPerEvent: (took * 1e6) / events }
}

async function measureRebuild(): Promise<void> {
  const costs: number[] = []
  for (const events of rebuildSteps) {
    const server = await serve()
    await fillTo(server, events)
    await server.stop()
    const { events: applied, microsPerEvent } = rebuildOnce()
    costs.push(microsPerEvent)
    figures.push({
      what: `rebuild of ${Math.round(applied / 1_000)} thousand events, events/s`,
      value: 1e6 / microsPerEvent,
      ...(events === eventsAtEnd ? { must: { atLeast: 100_000 }, goal: { atLeast: 200_000 } } : {}),
    })
  }
  const [small = 1, large = 1] = costs
  figures.push({
    what: 'its cost per event, large to small',
    value: large / small,
    must: { atMost: 1.3 },
  })
}

function measureDisk(): void {
  const bytes = ['log.db', 'vault.db'].reduce(
    (sum, file) => sum + statSync(join(dataDir, file)).size,
    0,
  )
  figures.push({
    what: 'disk per event for log, claims and vault, bytes',
    value: bytes / source.made(),
    must: { atMost: 1_000 },
    goal: { atMost: 600 },
  })
}

try {
  const bare = await startServer(new URL('./bare-server.ts', import.meta.url), [], {})
  const server = await serve()
  await call(server, 'PUT', `/v1/groups/${benchGroup}`, benchGroupDefinition)
  const intakePerSecond = await measureIntake(server)
  await measureSingles(server, bare)
  await measureState(server, bare)
  await measureVisibility(server, intakePerSecond)
  const peak = server.peakBytes() / 1e6
  figures.push({
    what: 'memory of the serving process, MB',
    value: peak,
    must: { atMost: 400 },
    goal: { atMost: 250 },
  })
  await Promise.all([server.stop(), bare.stop()])
  await measureRebuild()
  measureDisk()
  process.stdout.write(printTable(figures))
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(figures, null, 2)}\n`)
} finally {
  rmSync(dataDir, { recursive: true, force: true })
}
