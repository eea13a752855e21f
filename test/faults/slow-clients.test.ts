import { once } from 'node:events'
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { definitions } from '../support/groups.ts'
import { httpClient, putGroups } from '../support/http-client.ts'
import { askPermission } from '../support/permission.ts'
import { acts, newPhone } from '../support/signals.ts'
import { adminKey, startStandalone } from '../support/start-standalone.ts'
import { tempFolder } from '../support/temp-folder.ts'

const headersMsMax = 15_000
const slackMs = 10_000

const withKey = `host: ledger\r\nauthorization: Bearer ${adminKey}\r\n`
const halfBody = [
  'POST /v1/signals HTTP/1.1\r\n',
  `${withKey}content-type: application/json\r\ncontent-length: 1000\r\n\r\n`,
  '{"specversion"',
].join('')

/** What a slow client says, and then no more; none of them reads what it is answered. */
const slowly = {
  nothing: '',
  'half of its headers': `GET /v1/groups HTTP/1.1\r\n${withKey}`,
  'half of a body': halfBody,
  'many questions whose answers it does not read':
    `GET /openapi.json HTTP/1.1\r\n${withKey}\r\n`.repeat(50),
} as const

/** Opens so many connections that say this; they go away with the test. */
async function openSlowly(port: number, count: number, says: string): Promise<readonly Socket[]> {
  const sockets = Array.from({ length: count }, () => connect(port, '127.0.0.1').pause())
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
  })
  for (const socket of sockets) socket.on('error', () => {})
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  for (const socket of sockets) socket.write(says)
  return sockets
}

test('a thousand slow clients keep nobody waiting, and are hung up on', async () => {
  const ledger = await startStandalone(tempFolder())
  const port = Number(new URL(ledger.address).port)
  const client = httpClient(ledger.address)
  await putGroups(client, definitions)
  const slow = new Map<string, readonly Socket[]>()
  for (const [who, says] of Object.entries(slowly)) {
    slow.set(who, await openSlowly(port, 250, says))
  }

  const slowest = { ms: 0 }
  for (let turn = 0; turn < 30; turn += 1) {
    const startedAt = performance.now()
    const ada = newPhone()
    const [told] = await client.post([acts.webOptIn(ada, 'offers')])
    expect(await askPermission(client, ada, told?.position)).toMatchObject({ permitted: true })
    slowest.ms = Math.max(slowest.ms, performance.now() - startedAt)
  }
  // Who had to wait for the slow would wait until they are hung up on; the median is some
  // milliseconds, and a machine that does other things too takes seconds now and then.
  expect(slowest.ms).toBeLessThan(headersMsMax / 2)
  expect((await client.ask('GET', '/readyz')).status).toBe(200)

  const halfHeaders = slow.get('half of its headers') ?? []
  // Whoever does not read would not see the end either.
  for (const socket of halfHeaders) socket.resume()
  const open = (): number => halfHeaders.filter((socket) => !socket.destroyed).length
  const waitMs = { timeout: headersMsMax + slackMs, interval: 250 }
  await expect.poll(open, waitMs).toBe(0)
})
