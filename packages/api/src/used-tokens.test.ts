import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { providers, readSources } from '@ledger/sources'
import { ask } from './testing/client.ts'
import { openTestLedger } from './testing/test-ledger.ts'
import { openUsedTokens } from './used-tokens.ts'

test('a token is good for its first body and the retries of it', () => {
  const tokens = openUsedTokens()
  expect(tokens.isSpent('acme', 't', 'one')).toBe(false)
  // Nothing was durable yet: it may come again with anything.
  expect(tokens.isSpent('acme', 't', 'two')).toBe(false)
  tokens.spend('acme', 't', 'one')
  expect(tokens.isSpent('acme', 't', 'one')).toBe(false)
  expect(tokens.isSpent('acme', 't', 'two')).toBe(true)
  expect(tokens.isSpent('other', 't', 'two')).toBe(false)
})

test('a signature of Mailgun opts out nobody but whom it came with', async () => {
  const file = {
    mg: { provider: 'mailgun', brand: 'acme', secrets: ['env:KEY'], pathSecret: 'env:KEY' },
  }
  const read = readSources(JSON.stringify({ sources: file }), { KEY: 'key' }, providers)
  if (!read.ok) throw new Error(JSON.stringify(read.faults))
  const ledger = await openTestLedger(() => ({ sources: read.sources }))
  try {
    const timestamp = String(Math.floor(Date.now() / 1_000))
    const signed = createHmac('sha256', 'key').update(`${timestamp}token`).digest('hex')
    const signature = { timestamp, token: 'token', signature: signed }
    const send = async (recipient: string, secret = 'key') => {
      const body = { signature, 'event-data': { event: 'unsubscribed', recipient } }
      const url = `/sources/mailgun/mg?secret=${secret}`
      return (await ask(ledger.app, 'POST', url, { key: null, body })).status
    }
    expect(await send('ada@example.com', 'guessed')).toBe(401)
    expect(await send('ada@example.com')).toBe(200)
    const head = await ledger.deps.reader.head()
    expect(await send('ada@example.com')).toBe(200)
    expect(await send('eve@example.com')).toBe(403)
    expect(await ledger.deps.reader.head()).toBe(head)
    const { text } = await ask(ledger.app, 'GET', '/metrics')
    expect(text).toContain('{provider="mailgun",outcome="forged"} 1')
  } finally {
    await ledger.close()
  }
})
