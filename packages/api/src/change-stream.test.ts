import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import type { ChangeStreamOptions } from './change-stream.ts'
import { streamChanges } from './change-stream.ts'

/** Serves one stream of changes; gives a socket that asked for it and reads nothing yet. */
async function openStream(
  source: ChangeStreamOptions<{ readonly cursor: string }>['source'],
  heartbeatMs?: number,
) {
  const closing = new AbortController()
  let ended: Promise<void> = Promise.resolve()
  const server = createServer((_request, response) => {
    const pace = heartbeatMs === undefined ? {} : { heartbeatMs }
    ended = streamChanges({ response, source, after: null, closing: closing.signal, ...pace })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const socket = connect(port, '127.0.0.1')
  socket.pause()
  socket.write('GET / HTTP/1.1\r\nhost: ledger\r\n\r\n')
  return {
    socket,
    ended: () => ended,
    close: async () => {
      closing.abort()
      await ended
      socket.destroy()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

test('a client that does not read makes us wait, not buffer', { timeout: 10_000 }, async () => {
  let count = 0
  const filler = 'x'.repeat(100_000)
  const source = {
    read: async () => {
      count += 500
      return Array.from({ length: 500 }, (_, index) => ({ cursor: `${count + index}`, filler }))
    },
    heartbeat: async () => 'as of now',
  }
  const stream = await openStream(source)
  await new Promise((resolve) => setTimeout(resolve, 500))
  // One page holds 50 MB, more than the socket does: nobody may read a second one.
  expect(count).toBe(500)
  await stream.close()
})

test('a stream whose key was revoked ends at the next heartbeat', async () => {
  let isOver = false
  const source = {
    read: async () => [],
    heartbeat: async () => {
      isOver = true
      return null
    },
  }
  const stream = await openStream(source, 30)
  stream.socket.resume()
  while (!isOver) await new Promise((resolve) => setTimeout(resolve, 10))
  await stream.ended()
  expect(isOver).toBe(true)
  await stream.close()
})
