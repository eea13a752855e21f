import type { Readiness } from '@ledger/api'
import type { Micros } from '@ledger/domain'
import type { Desk, EventStore, Ledger, Vault } from '@ledger/ledger'
import { freshnessOf } from '@ledger/read-models'
import type { ReadModelReader } from '@ledger/read-models'

const fenceWaitMsMax = 2_000

/** All that intake writes to. */
export type Writers = readonly Pick<EventStore | Vault | Desk, 'isWriteStopped'>[]

/** Ready: log, vault and desk take writes, and the read model is inside its window. */
export async function readiness({
  ledger,
  readModel,
  now,
  writers,
}: {
  readonly ledger: Pick<Ledger, 'fence'>
  readonly readModel: Pick<ReadModelReader, 'checkpoint'>
  readonly now: () => Micros
  readonly writers: Writers
}): Promise<Readiness> {
  const reasons: string[] = []
  if (writers.some((writer) => writer.isWriteStopped())) reasons.push('write-stopped')
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('too late')), fenceWaitMsMax)
  })
  try {
    await Promise.race([ledger.fence(), tooLate])
  } catch {
    reasons.push('log-unavailable')
  } finally {
    clearTimeout(timer)
  }
  const { withinWindow } = freshnessOf(await readModel.checkpoint(), now())
  if (!withinWindow) reasons.push('outside-window')
  return { ready: reasons.length === 0, reasons }
}
