import { createHmac } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { definitionOf } from '../support/groups.ts'
import { httpClient, putGroups } from '../support/http-client.ts'
import { runCommand, startStandalone } from '../support/start-standalone.ts'
import { tempFolder } from '../support/temp-folder.ts'

const [person, sender] = ['+15555550123', '+15555550100']
const publicUrl = 'https://consent.acme.example'
const token = 'twilio-token'

function sourcesFile(folder: string, sources: object): string {
  const path = join(folder, 'sources.json')
  writeFileSync(path, JSON.stringify({ sources }))
  return path
}

const twilio = { provider: 'twilio', brand: 'acme', secrets: ['env:TWILIO_TOKEN'], publicUrl }

/** Sends a form to the door as Twilio does. */
function sendForm(address: string, fields: Readonly<Record<string, string>>, secret = token) {
  const path = '/sources/twilio/acme-us'
  const sorted = Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1))
  const signed = publicUrl + path + sorted.map((pair) => pair.join('')).join('')
  return fetch(address + path, {
    method: 'POST',
    body: new URLSearchParams(fields),
    headers: { 'x-twilio-signature': createHmac('sha1', secret).update(signed).digest('base64') },
  })
}

const text = (sid: string, body: string) => ({
  ...{ MessageSid: sid, AccountSid: 'AC1', From: person, To: sender, Body: body },
})

describe('webhooks of providers', () => {
  test('a STOP of Twilio stops what a START of Twilio starts again', async () => {
    const folder = tempFolder()
    const file = sourcesFile(folder, { 'acme-us': twilio })
    const env = { SOURCES_FILE: file, TWILIO_TOKEN: token }
    const ledger = await startStandalone(join(folder, 'data'), env)
    const client = httpClient(ledger.address)
    await putGroups(client, { offers: definitionOf('offers', { senders: [sender] }) })
    const isPermitted = async (): Promise<unknown> => {
      const addresses = [{ kind: 'phone', value: person }]
      const body = { group: 'offers', addresses, consistency: 'strong' }
      const { json } = await client.ask('POST', '/v1/permissions', body)
      return (json as { results: { reason: string }[] }).results[0]?.reason
    }

    const started = await sendForm(ledger.address, text('SM1', 'START'))
    expect([started.status, started.headers.get('content-type')]).toEqual([200, 'text/xml'])
    expect(await started.text()).toBe('<Response></Response>')
    expect(await isPermitted()).toBe('subscribed')

    const forged = await sendForm(ledger.address, text('SM2', 'STOP'), 'guessed')
    expect(forged.status).toBe(403)
    expect(await isPermitted()).toBe('subscribed')

    expect((await sendForm(ledger.address, text('SM2', 'STOP'))).status).toBe(200)
    expect((await sendForm(ledger.address, text('SM2', 'STOP'))).status).toBe(200)
    expect(await isPermitted()).toBe('unsubscribed')
    expect(ledger.said().stdout).not.toContain(person)

    const { text: metrics } = await client.ask('GET', '/metrics')
    expect(metrics).toMatch(/ledger_source_requests_total{provider="twilio",outcome="forged"} 1/)
    expect(metrics).toMatch(/ledger_signals_total{action="opt-out",outcome="recorded"} 2/)
    expect(metrics).toMatch(/ledger_signals_total{action="opt-out",outcome="duplicate"} 2/)
  })

  test('a captured webhook is shown as signals, and nothing is recorded', async () => {
    const folder = tempFolder()
    const env = { SOURCES_FILE: sourcesFile(folder, { 'acme-us': twilio }), TWILIO_TOKEN: token }
    const data = join(folder, 'data')
    const ledger = await startStandalone(data, env)
    const client = httpClient(ledger.address)
    await putGroups(client, { offers: definitionOf('offers', { senders: [sender] }) })
    const captured = join(folder, 'captured.txt')
    writeFileSync(captured, `${new URLSearchParams(text('SM1', 'Stop')).toString()}\n`)
    const shown = runCommand(data, ['sources', 'test', 'acme-us', captured], env)
    expect(await shown.ended).toMatchObject({ code: 0 })
    const { signals } = JSON.parse(shown.said().stdout) as { signals: { id: string }[] }
    expect(signals).toMatchObject([
      { id: 'SM1:opt-out', scope: 'brand:acme/carrier-messaging', action: 'opt-out' },
      { id: 'SM1:opt-out:offers', scope: 'group:offers', action: 'opt-out' },
    ])
    const { text: metrics } = await client.ask('GET', '/metrics')
    expect(metrics).not.toContain('ledger_signals_total{')

    writeFileSync(captured, '{"unreadable')
    const broken = runCommand(data, ['sources', 'test', 'acme-us', captured], env)
    expect(await broken.ended).toMatchObject({ code: 1 })
    const unknown = runCommand(data, ['sources', 'test', 'nobody', captured], env)
    expect(await unknown.ended).toMatchObject({ code: 2 })
  })

  test('a wrong file of sources stops the start and lists every fault', async () => {
    const folder = tempFolder()
    const file = sourcesFile(folder, {
      one: { ...twilio, secrets: ['env:NOBODY_SET_THIS'] },
      two: { ...twilio, provider: 'pigeon' },
      three: { provider: 'twilio', brand: 'acme', secrets: ['in clear'], verifyToken: 'env:X' },
    })
    const env = { TWILIO_TOKEN: token, X: 'y' }
    const own = runCommand(join(folder, 'data'), ['serve'], { SOURCES_FILE: file, ...env })
    expect(await own.ended).toMatchObject({ code: 2 })
    const { stderr } = own.said()
    const faults = ['one.secrets.0', 'two.provider', 'three.secrets.0', 'three.publicUrl']
    for (const name of [...faults, 'three.verifyToken']) {
      expect(stderr).toContain(`sources.${name}: `)
    }
    expect(stderr).not.toContain('in clear')
  })
})
