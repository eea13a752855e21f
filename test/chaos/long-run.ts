import { definitions } from '../support/groups.ts'
import type { HttpClient } from '../support/http-client.ts'
import { httpClient, putGroups } from '../support/http-client.ts'
import { seeded } from '../support/seeded.ts'
import { acts, phoneOf } from '../support/signals.ts'
import type { SmallDisk } from '../support/small-disk.ts'
import { smallDisk } from '../support/small-disk.ts'
import type { StandaloneProcess } from '../support/start-standalone.ts'
import { startStandalone } from '../support/start-standalone.ts'
import { makeTempFolder } from '../support/temp-folder.ts'
import type { Evidence, VisibleAfter } from './findings.ts'
import { judgeFolder } from './judge-folder.ts'
import { createLoad } from './load.ts'

export type LongRunOptions = {
  readonly seed: number
  readonly lastsMs: number
  /** How long the load runs between two faults, at most. */
  readonly calmMsMax: number
  readonly say: (line: string) => void
}

/** What happened in a run, and what it leaves behind. */
export type LongRun = {
  readonly evidence: Evidence
  /** How often each fault struck. */
  readonly faults: Readonly<Record<string, number>>
}

/** Longer than the promise: whoever waits so long has found something. */
const visibleWaitMsMax = 70_000

type Running = StandaloneProcess & { readonly client: HttpClient }

/** What a fault works with. */
type Scene = {
  readonly ledger: Running
  readonly disk: SmallDisk | null
  readonly start: () => Promise<Running>
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

async function endWith({ ledger, start }: Scene, signal: NodeJS.Signals): Promise<Running> {
  ledger.send(signal)
  const { code } = await ledger.ended
  if (signal === 'SIGTERM' && code !== 0) throw new Error(`a stop ended with ${code}`)
  return start()
}

/** Each takes a running ledger and leaves a running one. */
const faults: Readonly<Record<string, (scene: Scene) => Promise<Running>>> = {
  'kill -9': (scene) => endWith(scene, 'SIGKILL'),
  stop: (scene) => endWith(scene, 'SIGTERM'),
  rebuild: async ({ ledger }) => {
    await ledger.client.ask('POST', '/v1/rebuild')
    return ledger
  },
  'kill -9 in a rebuild': async (scene) => {
    await scene.ledger.client.ask('POST', '/v1/rebuild')
    return endWith(scene, 'SIGKILL')
  },
  'full disk': async ({ ledger, disk }) => {
    disk?.fill()
    await sleep(1_000)
    disk?.free()
    return ledger
  },
  'kill -9 on a full disk': async (scene) => {
    scene.disk?.fill()
    await sleep(500)
    scene.ledger.send('SIGKILL')
    await scene.ledger.ended
    scene.disk?.free()
    return scene.start()
  },
}

/** Asks again and again how long it takes until a signal is visible. */
function measureVisibility(current: () => Running) {
  const visible: VisibleAfter[] = []
  const startedAt = performance.now()
  let isStopping = false
  const measureOnce = async (nth: number): Promise<void> => {
    const { client } = current()
    const probe = phoneOf(9_000 + (nth % 100))
    const [told] = await client.post([acts.stop(probe)])
    const acknowledgedAt = performance.now()
    const body = { group: 'offers', addresses: [probe], atLeast: told?.position }
    let status = 503
    while (status === 503 && performance.now() - acknowledgedAt < visibleWaitMsMax) {
      status = (await client.ask('POST', '/v1/state', body)).status
    }
    const tookMs = performance.now() - acknowledgedAt
    visible.push({ atMs: acknowledgedAt - startedAt, tookMs })
  }
  const measure = async (): Promise<void> => {
    for (let nth = 0; !isStopping; nth += 1) {
      // Whoever is cut off has measured nothing.
      await measureOnce(nth).catch(() => {})
      await sleep(200)
    }
  }
  const done = measure()
  const stop = async (): Promise<readonly VisibleAfter[]> => {
    isStopping = true
    await done
    return visible
  }
  return { stop }
}

/** A disk that holds all of a run, so that it can be filled; null where none may be mounted. */
const diskFor = (lastsMs: number): SmallDisk | null => smallDisk(96 + Math.ceil(lastsMs / 1_500))

/** Mixes load, kills, stops, rebuilds and a full disk for so long, then settles and looks. */
export async function runLong({ seed, lastsMs, calmMsMax, say }: LongRunOptions): Promise<LongRun> {
  const random = seeded(seed)
  const disk = diskFor(lastsMs)
  const place = disk ?? makeTempFolder()
  const kinds = Object.keys(faults).filter((kind) => disk !== null || !kind.includes('full disk'))
  if (disk === null) say('no disk may be mounted here: it is never full')
  const counts: Record<string, number> = Object.fromEntries(kinds.map((kind) => [kind, 0]))
  const cleanUps: (() => Promise<void>)[] = []
  const start = async (): Promise<Running> => {
    const own = await startStandalone(place.path, {}, (cleanUp) => cleanUps.push(cleanUp))
    return { ...own, client: httpClient(own.address) }
  }
  const load = createLoad(seed, { people: 2_000, restMs: 60 })
  try {
    let ledger = await start()
    await putGroups(ledger.client, definitions)
    const measuring = measureVisibility(() => ledger)
    const until = performance.now() + lastsMs
    // On a slow machine too, each fault strikes once.
    for (let cycle = 0; performance.now() < until || cycle < kinds.length; cycle += 1) {
      const sending = load.send(ledger.client)
      await sleep(calmMsMax * (0.2 + 0.8 * random()))
      // Each in its turn, so that a short run meets all of them.
      const kind = kinds[cycle % kinds.length] ?? 'stop'
      counts[kind] = (counts[kind] ?? 0) + 1
      ledger = (await faults[kind]?.({ ledger, disk, start })) ?? ledger
      await sending.stop()
      say(`${kind}: ${load.acknowledged().length} acknowledged, ${load.openCount()} open`)
    }
    await load.settle(ledger.client)
    const visible = await measuring.stop()
    await waitUntilCaughtUp(ledger.client, load.acknowledged().at(-1)?.position)
    ledger.send('SIGTERM')
    await ledger.ended
    const { events, differences, isCaughtUp } = await judgeFolder(place.path, load.acknowledged())
    const seen = { acknowledged: load.acknowledged(), wrong: load.wrong(), visible }
    const evidence = { ...seen, events, differences, isCaughtUp, openCount: load.openCount() }
    return { evidence, faults: counts }
  } finally {
    for (const cleanUp of cleanUps) await cleanUp()
    place.remove()
  }
}

async function waitUntilCaughtUp(client: HttpClient, atLeast: string | undefined): Promise<void> {
  const body = { group: 'offers', addresses: [phoneOf(1)], atLeast }
  for (let turn = 0; turn < 12; turn += 1) {
    if ((await client.ask('POST', '/v1/state', body)).status === 200) return
  }
}
