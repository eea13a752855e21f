import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { BrazeDoors } from './testing/braze.ts'
import { brazeDoors, groups, putBrazeGroups } from './testing/braze.ts'
import { ask } from './testing/client.ts'
import type { TestLedger } from './testing/test-ledger.ts'
import { openTestLedger } from './testing/test-ledger.ts'

/**
 * Who was unsubscribed with a 2xx is unsubscribed, under each identifier of that call, whatever
 * was said before and whatever else is said after.
 */
let ledger: TestLedger
let doors: BrazeDoors
const { texts, mails, chats } = groups
const allGroups = [texts, mails, chats] as const
beforeAll(async () => {
  ledger = await openTestLedger()
  await putBrazeGroups(ledger)
  doors = brazeDoors(ledger)
})
afterAll(() => ledger.close())

/** Two of each kind: enough to be tied in every way. `run` keeps the runs apart. */
type Who = {
  readonly externalId?: number | undefined
  readonly email?: number | undefined
  readonly phone?: number | undefined
  readonly alias?: number | undefined
}
const nth = fc.option(fc.nat(1), { nil: undefined })
const who: fc.Arbitrary<Who> = fc
  .record({ externalId: nth, email: nth, phone: nth, alias: nth })
  .filter((each) => Object.values(each).some((value) => value !== undefined))

type Call = {
  readonly door: 'v1' | 'v2' | 'track' | 'sync' | 'email'
  readonly state: 'subscribed' | 'unsubscribed'
  readonly group: (typeof allGroups)[number]
  readonly isGlobal: boolean
  readonly who: Who
}
const call: fc.Arbitrary<Call> = fc.record({
  door: fc.constantFrom('v1', 'v2', 'track', 'sync', 'email'),
  state: fc.constantFrom('subscribed', 'unsubscribed'),
  group: fc.constantFrom(...allGroups),
  isGlobal: fc.boolean(),
  who,
})

let run = 0
const idsOf = ({ externalId, email, phone, alias }: Who) => ({
  external: externalId === undefined ? [] : [`x${run}-${externalId}`],
  email: email === undefined ? [] : [`e${run}-${email}@example.org`],
  phone: phone === undefined ? [] : [`+1202555${String(1000 + run * 2 + phone).padStart(4, '0')}`],
  alias: alias === undefined ? [] : [`a${run}-${alias}`],
})

const isOfAllEmail = ({ door, isGlobal }: Call): boolean =>
  door === 'email' || (isGlobal && (door === 'track' || door === 'sync'))

function requestOf(each: Call): readonly [url: string, body: object] {
  const { door, state, group } = each
  const { external, email, phone, alias } = idsOf(each.who)
  const subscription = { subscription_group_id: group, subscription_state: state }
  if (door === 'email') return ['/email/status', { email, subscription_state: state }]
  if (door === 'v1') {
    return ['/subscription/status/set', { ...subscription, external_id: external, email, phone }]
  }
  if (door === 'v2') {
    const body = { ...subscription, external_ids: external, emails: email, phones: phone }
    return ['/v2/subscription/status/set', { subscription_groups: [body] }]
  }
  const said = isOfAllEmail(each)
    ? { email_subscribe: state }
    : { subscription_groups: [subscription] }
  const profile = {
    external_id: external[0],
    email: email[0],
    phone: phone[0],
    ...(alias[0] !== undefined && { user_alias: { alias_label: 'l', alias_name: alias[0] } }),
  }
  const url = door === 'track' ? '/users/track' : '/users/track/sync'
  return [url, { attributes: [{ ...profile, ...said }] }]
}

async function post(each: Call): Promise<boolean> {
  const [url, body] = requestOf(each)
  const { status, text } = await doors.post(url, body)
  if (status !== 201 && status !== 400) throw new Error(`${url} answered ${status} ${text}`)
  return status === 201
}

/** What each identifier of a call reads in a group. */
async function readings({ door, who: asked }: Call, group: string): Promise<readonly unknown[]> {
  const { external, email, phone, alias } = idsOf(asked)
  const isTrack = door === 'track' || door === 'sync'
  const names: readonly (readonly [string, readonly string[]])[] = [
    ['external_id', door === 'email' ? [] : external],
    ['email', email],
    ['phone', door === 'email' ? [] : phone],
  ]
  const words: unknown[] = []
  for (const [name, ids] of names) {
    for (const id of ids) {
      const query = `${name}=${encodeURIComponent(id)}`
      words.push(...Object.values((await doors.status(group, query)) as Record<string, unknown>))
      // The users behind a phone have e-mail addresses of their own, and the other way round.
      if (name !== 'external_id' && (name === 'email') !== (group === mails)) continue
      for (const user of (await doors.users(query)) as readonly {
        readonly subscription_groups: readonly { readonly id: string; readonly status: string }[]
      }[]) {
        words.push(user.subscription_groups.find((each) => each.id === group)?.status)
      }
    }
  }
  for (const id of isTrack ? alias : []) {
    const addresses = [{ kind: 'user-alias', value: `l:${id}` }]
    const body = { group, addresses, consistency: 'strong' }
    const { json } = await ask(ledger.app, 'POST', '/v1/state', { body })
    const [{ state = '' } = {}] = json['results'] as unknown as readonly { state?: string }[]
    words.push(state === 'unsubscribed' ? 'Unsubscribed' : state)
  }
  return words
}

/** Subscribes nobody again to what the opt-out was about: another group, or none as a whole. */
const leavesAlone =
  (out: Call) =>
  (each: Call): boolean =>
    each.state === 'unsubscribed' ||
    (isOfAllEmail(out) ? !isOfAllEmail(each) : isOfAllEmail(each) || each.group !== out.group)

test('no opt-out that was answered 201 is ever absent', { timeout: 120_000 }, async () => {
  let checked = 0
  const sequence = fc.asyncProperty(
    fc.array(call, { maxLength: 6 }),
    call.map((each): Call => ({ ...each, state: 'unsubscribed' })),
    fc.array(call, { maxLength: 4 }),
    async (before, out, after) => {
      run += 1
      for (const each of before) await post(each)
      if (!(await post(out))) return
      for (const each of after.filter(leavesAlone(out))) await post(each)
      const words = await readings(out, isOfAllEmail(out) ? mails : out.group)
      checked += words.length
      expect(words).toEqual(words.map(() => 'Unsubscribed'))
    },
  )
  await fc.assert(sequence, { numRuns: 150 })
  // The sequences do get answered, and there is something to look at.
  expect(checked).toBeGreaterThan(100)
})
