import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cloudEvent, phone } from './testing/client.ts'
import { adminKey, openTestLedger } from './testing/test-ledger.ts'
import type { TestLedger } from './testing/test-ledger.ts'

let ledger: TestLedger
let port: number
beforeAll(async () => {
  ledger = await openTestLedger()
  await ledger.app.listen({ host: '127.0.0.1', port: 0 })
  port = (ledger.app.server.address() as AddressInfo).port
})
afterAll(() => ledger.close())

/** Sends bytes as they are, and gives what came back until the server closed or enough was said. */
function say(...parts: readonly (string | Uint8Array)[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let answer = ''
    socket.on('data', (bytes) => {
      answer += bytes.toString('latin1')
      if (/\r\n\r\n.*\}$/s.test(answer)) socket.end()
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', (error) => (answer === '' ? reject(error) : resolve(answer)))
    for (const part of parts) socket.write(part)
  })
}

const auth = `host: ledger\r\nauthorization: Bearer ${adminKey}\r\n`
const json = 'content-type: application/json\r\n'
const post = `POST /v1/state HTTP/1.1\r\n${auth}${json}`

test.each([
  ['no HTTP at all', 'hunter2\r\n\r\n', 400, 'malformed-http'],
  ['no host', 'GET /healthz HTTP/1.1\r\n\r\n', 400, null],
  ['a header with a NUL', `GET /healthz HTTP/1.1\r\n${auth}x: a\0b\r\n\r\n`, 400, 'malformed-http'],
  [
    'two lengths',
    `POST /v1/state HTTP/1.1\r\n${auth}${json}content-length: 1\r\ncontent-length: 2\r\n\r\n{}`,
    400,
    'malformed-http',
  ],
  [
    'a length and chunks',
    `${post}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
    'malformed-http',
  ],
  [
    'a broken chunk',
    `POST /v1/state HTTP/1.1\r\n${auth}${json}transfer-encoding: chunked\r\n\r\nzz\r\n`,
    400,
    'malformed-http',
  ],
  [
    'headers without end',
    `GET /healthz HTTP/1.1\r\n${auth}x: ${'y'.repeat(20_000)}\r\n\r\n`,
    431,
    'headers-too-large',
  ],
  ['a broken escape', `GET /v1/groups/%zz HTTP/1.1\r\n${auth}\r\n`, 400, 'invalid-request'],
  ['a method nobody knows', `BREW /v1/groups HTTP/1.1\r\n${auth}\r\n`, 400, 'malformed-http'],
  ['a method of others', `PROPFIND /v1/groups HTTP/1.1\r\n${auth}\r\n`, 404, 'not-found'],
  [
    'two keys',
    `GET /v1/groups HTTP/1.1\r\n${auth}authorization: Bearer hunter2\r\n\r\n`,
    200,
    null,
  ],
  ['a dot path', `GET /docs/static/../../../../etc/passwd HTTP/1.1\r\n${auth}\r\n`, null, null],
  [
    'an escaped dot path',
    `GET /docs/static/..%2f..%2f..%2fetc%2fpasswd HTTP/1.1\r\n${auth}\r\n`,
    null,
    null,
  ],
  ['a whole URL', `GET http://elsewhere/healthz HTTP/1.1\r\n${auth}\r\n`, null, null],
])('%s', async (_what, bytes, status, code) => {
  const answer = await say(bytes)
  const said = Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1])
  expect(said).toBeLessThan(500)
  if (status !== null) expect(said).toBe(status)
  if (code !== null) {
    expect(answer).toContain('content-type: application/problem+json')
    expect(answer).toContain(`"code":"${code}"`)
  }
  expect(answer).not.toContain('hunter2')
  expect(answer).not.toContain('root:')
})

test('a body that comes in pieces, cut within a character, is one body', async () => {
  const evidence = { text: 'désabonner 💌' }
  const address = phone('+12025550141')
  const event = cloudEvent('opt-out', { address, scope: 'all', evidence })
  const body = Buffer.from(JSON.stringify(event))
  const head = `POST /v1/signals HTTP/1.1\r\n${auth}${json}content-length: ${body.length}\r\n\r\n`
  const cut = body.indexOf('é') + 1
  const answer = await say(head, body.subarray(0, cut), body.subarray(cut))
  expect(answer).toContain('"outcome":"recorded"')
})

test('without a key the answer comes before the body does', async () => {
  const head = `POST /v1/signals HTTP/1.1\r\nhost: ledger\r\n${json}content-length: 1000000\r\n\r\n`
  expect(await say(head)).toContain('HTTP/1.1 401')
})

test('a body that announces too much is refused before it is sent', async () => {
  const head = `POST /v1/state HTTP/1.1\r\n${auth}${json}content-length: 1048577\r\n\r\n`
  expect(await say(head)).toContain('"code":"body-too-large"')
})

test('while the app closes, what is under way is still answered', async () => {
  const own = await openTestLedger()
  await own.app.listen({ host: '127.0.0.1', port: 0 })
  const { port: ownPort } = own.app.server.address() as AddressInfo
  const body = Array.from({ length: 300 }, (_, index) =>
    cloudEvent('opt-out', {
      address: { kind: 'email', value: `p${index}@example.com` },
      scope: 'all',
    }),
  )
  const asked = fetch(`http://127.0.0.1:${ownPort}/v1/signals`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  // Once it is being answered, and not before.
  while (!(await own.deps.metrics.text()).includes('outcome="recorded"')) {
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  const [answer] = await Promise.all([asked, own.app.close()])
  expect(answer.status).toBe(200)
  const { results } = (await answer.json()) as { results: readonly { outcome: string }[] }
  expect(results.filter(({ outcome }) => outcome === 'recorded')).toHaveLength(300)
  await own.close()
})
