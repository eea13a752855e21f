import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { postAgain } from './post-again.ts'

/** A ledger that answers with these statuses in turn, and drops the connection at 0. */
async function ledgerThatSays(...statuses: readonly number[]) {
  const asked: number[] = []
  const server = createServer((request, response) => {
    request.resume()
    const status = statuses[asked.length] ?? 200
    asked.push(status)
    if (status === 0) {
      response.destroy()
      return
    }
    const title = status === 200 ? 'Fine' : 'Not so fine'
    response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '0' })
    response.end(JSON.stringify({ title, detail: 'said the ledger' }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const request = (path: string, init: RequestInit) =>
    fetch(`http://127.0.0.1:${port}${path}`, init)
  return { asked, ledger: { request, send: () => Promise.reject(new Error('not asked')) } }
}

describe('a post', () => {
  test('is made again while the ledger is overloaded or gone', async () => {
    const { asked, ledger } = await ledgerThatSays(503, 0, 200)
    expect(await postAgain(ledger, '/v1/signals', '[]')).toMatchObject({ title: 'Fine' })
    expect(asked).toEqual([503, 0, 200])
  })

  test('is not made again when it is refused', async () => {
    const { asked, ledger } = await ledgerThatSays(403)
    await expect(postAgain(ledger, '/v1/signals', '[]')).rejects.toThrow('403 Not so fine')
    expect(asked).toEqual([403])
  })
})
