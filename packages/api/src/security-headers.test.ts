import { once } from 'node:events'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { doorScopes } from './door-scopes.ts'
import { securityHeaders } from './security-headers.ts'
import { ask } from './testing/client.ts'
import { everyDoor } from './testing/fake-doors.ts'
import type { TestLedger } from './testing/test-ledger.ts'
import { openTestLedger } from './testing/test-ledger.ts'

let ledger: TestLedger
beforeAll(async () => {
  ledger = await openTestLedger(everyDoor)
})
afterAll(() => ledger.close())

const names = Object.keys(securityHeaders)

type Asked = readonly [method: Parameters<typeof ask>[1], url: string, options: object]
const doors = Object.keys(doorScopes).map((door): Asked => {
  const [method = '', url = ''] = door.split(' ')
  return [method as Asked[0], url.replace(/:\w+/, 'x'), { body: {} }]
})
const failures: readonly Asked[] = [
  ['GET', '/nowhere', {}],
  ['GET', '/v1/groups/%zz', {}],
  ['DELETE', '/v1/groups', {}],
  ['GET', '/v1/keys', { key: null }],
  ['POST', '/v1/state', { body: '{"broken' }],
  ['POST', '/v1/state', { body: 'a', type: 'text/plain' }],
  ['POST', '/v1/state', { body: 'x'.repeat(2_000_000) }],
  ['GET', '/docs/errors', {}],
  ['GET', '/docs/static/nothing.js', {}],
]

test.each([...doors, ...failures])('%s %s answers with every security header', async (...asked) => {
  const [method, url, options] = asked
  const { headers } = await ask(ledger.app, method, url, options)
  expect(
    Object.keys(headers)
      .filter((name) => names.includes(name))
      .sort(),
  ).toEqual(names.sort())
  // The pages under /docs need their own scripts, those of links their own style, and say so.
  const { 'content-security-policy': policy, ...others } = securityHeaders
  if (url.startsWith('/u/')) {
    expect(headers).toMatchObject(others)
    expect(headers['content-security-policy']).toMatch(/^default-src 'none';(?!.*script-src)/)
  } else if (!url.startsWith('/docs')) {
    expect(headers).toMatchObject({ ...others, 'content-security-policy': policy })
  }
})

test('what is no HTTP is answered with them too', async () => {
  await ledger.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = ledger.app.server.address() as AddressInfo
  const socket = connect(port, '127.0.0.1')
  socket.end('hello\r\n\r\n')
  let answer = ''
  socket.on('data', (bytes: Buffer) => (answer += bytes.toString('latin1')))
  await once(socket, 'close')
  for (const [name, value] of Object.entries(securityHeaders)) {
    expect(answer).toContain(`${name}: ${value}`)
  }
})
