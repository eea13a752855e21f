import { cpSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { endOf } from '../support/end-of.ts'
import { httpClient, putGroups } from '../support/http-client.ts'
import { acts, newPhone } from '../support/signals.ts'
import { runCommand, startStandalone } from '../support/start-standalone.ts'
import { tempFolder } from '../support/temp-folder.ts'
import { definitions } from '../support/groups.ts'

type Report = {
  readonly hash: string
  readonly pairs: number
  readonly events: number
  readonly head: string
  readonly states?: readonly { readonly group: string; readonly state: string }[]
}

async function replay(folder: string, ...args: readonly string[]): Promise<Report> {
  const { code, stdout, stderr } = await endOf(runCommand(folder, ['replay', '--json', ...args]))
  if (code !== 0) throw new Error(`replay ended with ${code}: ${stderr}`)
  return JSON.parse(stdout) as Report
}

describe('npm run ledger -- replay', () => {
  test('gives one hash for one state: beside the running ledger, after it, and of a copy', async () => {
    const folder = tempFolder()
    const ledger = await startStandalone(folder)
    const client = httpClient(ledger.address)
    await putGroups(client, definitions)
    const people = Array.from({ length: 20 }, newPhone)
    const optIns = await client.post(people.map((person) => acts.webOptIn(person, 'offers')))
    const at = new Date(Date.now() + 60_000).toISOString()
    const optedIn = await replay(folder, '--at', at)
    const last = people[19] ?? newPhone()
    await client.post([acts.stop(last)])
    const asOf = ['--at', at] as const
    const running = await replay(folder, ...asOf)
    ledger.send('SIGTERM')
    await ledger.ended
    const copy = tempFolder()
    cpSync(folder, copy, { recursive: true })
    const [again, copied] = await Promise.all([replay(folder, ...asOf), replay(copy, ...asOf)])
    expect(again).toEqual(running)
    expect(copied).toEqual(running)
    expect(running.hash).not.toBe(optedIn.hash)

    const knownAt = optIns.at(-1)?.position ?? ''
    const before = await replay(folder, ...asOf, '--known-at', knownAt)
    expect([before.hash, before.pairs]).toEqual([optedIn.hash, 20])
    const one = ['--address', `phone:${last.value}`, '--group', 'offers'] as const
    expect((await replay(folder, ...asOf, ...one)).states).toMatchObject([
      { group: 'offers', state: 'unsubscribed' },
    ])
    expect((await replay(folder, ...asOf, ...one, '--known-at', knownAt)).states).toMatchObject([
      { group: 'offers', state: 'subscribed' },
    ])
  })

  test('says when it was asked wrongly, and when there is nothing of the kind', async () => {
    const folder = tempFolder()
    const ledger = await startStandalone(folder)
    const [wrong, unknown] = await Promise.all([
      endOf(runCommand(folder, ['replay', '--at', 'yesterday'])),
      endOf(runCommand(folder, ['replay', '--group', 'nowhere'])),
    ])
    expect(wrong).toMatchObject({ code: 2 })
    expect(wrong.stderr).toContain('--at takes an RFC 3339 instant')
    expect(unknown).toMatchObject({ code: 1 })
    expect(ledger.hasEnded()).toBe(false)
  })
})
