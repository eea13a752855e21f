import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { definitions } from '../support/groups.ts'
import { httpClient, putGroups } from '../support/http-client.ts'
import { acts, phoneOf } from '../support/signals.ts'
import { adminKey, startStandalone } from '../support/start-standalone.ts'
import { tempFolder } from '../support/temp-folder.ts'
import type { Acknowledged } from './check-log.ts'
import { allIsWell } from './check-log.ts'
import { judgeFolder } from './judge-folder.ts'
import { createLoad } from './load.ts'

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

describe('a signal to stop', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s under load loses nothing, says so and exits with 0',
    async (signal) => {
      const folder = tempFolder()
      const load = createLoad(7)
      const ledger = await startStandalone(folder)
      const client = httpClient(ledger.address)
      await putGroups(client, definitions)
      const sending = load.send(client)
      await sleep(500)
      const stoppedAt = performance.now()
      ledger.send(signal)
      expect(await ledger.ended).toEqual({ code: 0, signal: null })
      expect(performance.now() - stoppedAt).toBeLessThan(5_000)
      await sending.stop()
      expect(ledger.said().stderr).toContain('"msg":"stopped"')
      expect(load.wrong()).toEqual([])
      const { verdict } = await judgeFolder(folder, load.acknowledged())
      expect(verdict).toEqual(allIsWell)
      expect(load.acknowledged().length).toBeGreaterThan(20)

      const again = await startStandalone(folder)
      await load.settle(httpClient(again.address))
      again.send('SIGTERM')
      await again.ended
      const findings = await judgeFolder(folder, load.acknowledged())
      expect(findings).toMatchObject({ verdict: allIsWell, differences: [] })
    },
  )

  test('given while hundreds of requests run lets each of them end, or says 503', async () => {
    const folder = tempFolder()
    const ledger = await startStandalone(folder)
    const client = httpClient(ledger.address)
    await putGroups(client, definitions)
    const acknowledged: Acknowledged[] = []
    const statuses = new Map<number | 'cut', number>()
    const count = (status: number | 'cut'): void =>
      void statuses.set(status, (statuses.get(status) ?? 0) + 1)
    let [isOver, sent, running, mostRunning] = [false, 0, 0, 0]
    const produce = async (): Promise<void> => {
      while (!isOver) {
        sent += 1
        running += 1
        mostRunning = Math.max(mostRunning, running)
        const answer = await client
          .ask('POST', '/v1/signals', [acts.stop(phoneOf(sent % 5_000))])
          .catch(() => null)
        running -= 1
        count(answer?.status ?? 'cut')
        if (answer === null) return
        if (answer.status !== 200) continue
        const { results } = answer.json as { readonly results: readonly Acknowledged[] }
        acknowledged.push(...results)
      }
    }
    const producing = Array.from({ length: 300 }, produce)
    await expect.poll(() => acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(300)
    ledger.send('SIGTERM')
    const stoppedAt = performance.now()
    const ending = await ledger.ended
    expect(ending, ledger.said().stderr).toEqual({ code: 0, signal: null })
    expect(performance.now() - stoppedAt).toBeLessThan(10_000)
    isOver = true
    await Promise.all(producing)
    expect(mostRunning).toBeGreaterThan(200)
    // Cut is who came when nobody listened any more.
    expect([...statuses.keys()].filter((status) => ![200, 503, 'cut'].includes(status))).toEqual([])
    const { verdict } = await judgeFolder(folder, acknowledged)
    expect(verdict).toEqual(allIsWell)
  })

  test('given twice forces: what hangs is not waited for', async () => {
    const ledger = await startStandalone(tempFolder())
    // Half a request: whoever stops with grace waits for the rest.
    const { port } = new URL(ledger.address)
    const socket = connect(Number(port), '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    socket.on('error', () => {})
    await once(socket, 'connect')
    const head = [
      'POST /v1/signals HTTP/1.1',
      'host: ledger',
      `authorization: Bearer ${adminKey}`,
      'content-type: application/json',
      'content-length: 1000',
    ]
    socket.write(`${head.join('\r\n')}\r\n\r\n{`)
    await sleep(200)
    ledger.send('SIGTERM')
    await sleep(500)
    expect(ledger.hasEnded()).toBe(false)
    ledger.send('SIGTERM')
    const forcedAt = performance.now()
    const { code } = await ledger.ended
    expect(code).not.toBe(0)
    expect(performance.now() - forcedAt).toBeLessThan(1_000)
  })
})
