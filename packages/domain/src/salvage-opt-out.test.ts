import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseInstant } from './instant.ts'
import { parseSignal } from './signal.ts'

const phone = { kind: 'phone', value: '+15555550123' }
const act = { address: phone, scope: { group: 'offers' }, actor: 'staff', method: 'console' }
const stop = (data: unknown, rest: object = {}) => ({
  specversion: '1.0',
  id: 'm-1',
  source: '/twilio',
  type: 'subscription.opt-out',
  data,
  ...rest,
})

function taken(cloudEvent: unknown) {
  const parsed = parseSignal(cloudEvent)
  if (!parsed.ok) throw new Error(`refused: ${parsed.problem.field} ${parsed.problem.detail}`)
  return parsed.signal
}

describe('an opt-out with something wrong', () => {
  it.each<[string, object, object, readonly string[]]>([
    ['no scope is from everything', { scope: undefined }, { scope: 'all' }, ['scope']],
    ['a broken scope is from everything', { scope: { grp: 'x' } }, { scope: 'all' }, ['scope']],
    ['an unknown actor is the person', { actor: 'bot' }, { actor: 'person' }, ['actor']],
    ['no method is unreadable', { method: 7 }, { method: 'unreadable' }, ['method']],
    ['an unknown clock is human', { clock: 'sundial' }, { clock: 'human' }, ['clock']],
    ['lost evidence has none', { evidence: 'lost' }, { evidence: {} }, ['evidence']],
    ['no readable sending has none', { sentAt: 5 }, { sentAt: undefined }, ['sentAt']],
  ])('and %s', (_, wrong, read, salvaged) => {
    expect(taken(stop({ ...act, ...wrong }))).toMatchObject({ ...read, salvaged })
  })

  it('keeps what can be read', () => {
    const signal = taken(stop({ ...act, actor: 'bot', externalId: 'customer-7' }))
    expect(signal).toMatchObject({ scope: 'group:offers', method: 'console', salvaged: ['actor'] })
    expect(signal.addresses.map(({ value }) => value)).toEqual(['+15555550123', 'customer-7'])
  })

  it('and an unreadable claim is not dated by the sending of the event', () => {
    const signal = taken(stop({ ...act, claimedAt: 'noon' }, { time: '2026-05-01T10:00:00Z' }))
    expect(signal).toMatchObject({ claimedAt: undefined, salvaged: ['claimedAt'] })
  })

  it.each([['noon'], [1_777_629_600_000], [null]])('and the time %j has no time', (time) => {
    expect(taken(stop(act, { time }))).toMatchObject({ claimedAt: undefined, salvaged: ['time'] })
  })

  it('and another version of the envelope is read all the same', () => {
    const time = '2026-05-01T10:00:00Z'
    const signal = taken(stop(act, { specversion: '0.3', time }))
    expect(signal).toMatchObject({ claimedAt: parseInstant(time), salvaged: ['specversion'] })
  })

  it('and a number for an id is that id', () => {
    expect(taken(stop(act, { id: 17 })).id).toBe('17')
    expect(taken(stop(act, { specversion: undefined })).salvaged).toEqual(['specversion'])
  })

  it('and evidence too deep to be walked has none', () => {
    const deep: unknown = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000))
    expect(taken(stop({ ...act, evidence: { deep } }))).toMatchObject({ salvaged: ['evidence'] })
  })

  it('has no list of what was salvaged when nothing was', () => {
    expect(taken(stop({ ...act, colour: 'red' })).salvaged).toBeUndefined()
  })

  it.each<[unknown, string, string, boolean]>([
    ['+15555550123', 'phone', '+15555550123', true],
    ['ada@example.com', 'email', 'ada@example.com', true],
    [15555550123, 'phone', '+15555550123', true],
    [{ kind: 'sms', value: '+15555550123' }, 'phone', '+15555550123', true],
    [{ kind: 'tel', value: 'tel:+1 555 555 0123' }, 'phone', '+15555550123', true],
    [{ kind: 'email', value: '<Ada@example.com>' }, 'email', 'ada@example.com', true],
    [{ value: '+15555550123' }, 'phone', '+15555550123', true],
    [{ kind: 'PHONE', value: '+15555550123' }, 'phone', '+15555550123', true],
    [{ kind: 'external-id', value: 7 }, 'external-id', '7', true],
    [{ kind: 'phone', value: '+15555550123', note: '' }, 'phone', '+15555550123', true],
    [{ kind: 'phone', value: '555-0123' }, 'phone', '555-0123', false],
    ['x'.repeat(600), 'phone', 'x'.repeat(512), false],
  ])('and the address %j names somebody', (address, kind, value, isParsable) => {
    expect(taken(stop({ ...act, address })).addresses).toMatchObject([{ kind, value, isParsable }])
  })

  it('is recorded under the external id when its address cannot be read', () => {
    const signal = taken(stop({ ...act, address: null, externalId: 'customer-7' }))
    expect(signal.addresses).toMatchObject([{ kind: 'external-id', value: 'customer-7' }])
  })

  it.each<[string, unknown, string]>([
    ['it is no object', stop('STOP'), 'data'],
    ['it names nobody', stop({ ...act, address: undefined }), 'data.address'],
    [
      'its address is blank',
      stop({ ...act, address: { kind: 'phone', value: '  ' } }),
      'data.address',
    ],
    ['it has no id', stop(act, { id: '' }), 'id'],
    ['it has no source', stop(act, { source: undefined }), 'source'],
  ])('is refused only when %s', (_, cloudEvent, field) => {
    const parsed = parseSignal(cloudEvent)
    expect(parsed.ok ? null : parsed.problem.field).toBe(field)
  })

  it('is taken whatever stands in any of its other fields', () => {
    const anything = fc.jsonValue()
    const wrong = fc.record(
      {
        scope: anything,
        actor: anything,
        method: anything,
        claimedAt: anything,
        sentAt: anything,
        clock: anything,
        evidence: anything,
        externalId: anything,
        validUntil: anything,
      },
      { requiredKeys: [], noNullPrototype: true },
    )
    fc.assert(
      fc.property(wrong, anything, anything, (data, time, specversion) => {
        const signal = taken(stop({ address: phone, ...data }, { time, specversion }))
        expect([signal.action, signal.addresses[0].value]).toEqual(['opt-out', '+15555550123'])
      }),
      { numRuns: 500 },
    )
  })
})
