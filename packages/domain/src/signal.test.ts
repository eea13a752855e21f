import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseInstant } from './instant.ts'
import { parseSignal } from './signal.ts'
import { signalDataSchemas } from './signal-data.ts'

const phone = { kind: 'phone', value: '+1 555 555 0123' }
const evidence = { messageId: 'SM1' }
const act = { address: phone, scope: { group: 'offers' }, actor: 'person', method: 'sms-keyword' }
const event = (type: string, data: unknown, rest: object = {}) => ({
  specversion: '1.0',
  id: 'm-1',
  source: '/twilio',
  type: `subscription.${type}`,
  data,
  ...rest,
})

/** The signal of an event that must be taken. */
function taken(cloudEvent: unknown) {
  const parsed = parseSignal(cloudEvent)
  if (!parsed.ok) throw new Error(`refused: ${parsed.problem.field} ${parsed.problem.detail}`)
  return parsed.signal
}

/** The refusal of an event that must be refused. */
function refused(cloudEvent: unknown) {
  const parsed = parseSignal(cloudEvent)
  if (parsed.ok) throw new Error('taken')
  return parsed.problem
}

describe('parseSignal', () => {
  it('reads an opt-in, every field in its one spelling', () => {
    const times = {
      claimedAt: '2026-05-01T12:00:00+02:00',
      sentAt: '2026-05-01T10:00:01Z',
      validUntil: '2027-05-01T00:00:00Z',
    }
    const data = { ...act, ...times, externalId: ' customer-7 ', clock: 'device', evidence }
    expect(taken(event('opt-in', data))).toMatchObject({
      source: '/twilio',
      id: 'm-1',
      action: 'opt-in',
      addresses: [
        { kind: 'phone', value: '+15555550123', given: '+1 555 555 0123' },
        { kind: 'external-id', value: 'customer-7' },
      ],
      scope: 'group:offers',
      clock: 'device',
      claimedAt: parseInstant('2026-05-01T10:00:00Z'),
      sentAt: parseInstant('2026-05-01T10:00:01Z'),
      until: parseInstant('2027-05-01T00:00:00Z'),
      evidence,
    })
  })

  it('takes the time of the event for a missing claim, and the server for a missing clock', () => {
    const time = '2026-05-01T10:00:00Z'
    const signal = taken(event('opt-in', act, { time }))
    expect(signal).toMatchObject({ claimedAt: parseInstant(time), clock: 'server', evidence: {} })
    const claimed = { ...act, claimedAt: '2026-04-01T10:00:00Z' }
    expect(taken(event('opt-in', claimed, { time })).claimedAt).toBe(
      parseInstant('2026-04-01T10:00:00Z'),
    )
    expect(taken(event('opt-in', act)).claimedAt).toBeUndefined()
  })

  it('lets extension attributes pass', () => {
    expect(
      taken(event('opt-in', act, { traceparent: '00-1', datacontenttype: 'text/json' })),
    ).toEqual(taken(event('opt-in', act)))
  })

  it('reads every action', () => {
    const one = { address: phone }
    const voids = ['0190A3A1-77AA-8C3E-9B10-2F6F0C1D2E3F']
    const samples: Readonly<Record<keyof typeof signalDataSchemas, object>> = {
      'opt-in': act,
      'opt-out': act,
      'opt-in-requested': { ...act, expiresAt: '2026-06-01T00:00:00Z' },
      affirmative: act,
      link: { ...one, externalId: 'customer-7' },
      unlink: { ...one, externalId: 'customer-7' },
      ended: one,
      correction: { ...one, voids },
      'intent-suspected': { ...one, scope: 'all' },
      'intent-resolved': { ...one, scope: 'all', decision: 'dismissed' },
    }
    for (const [action, data] of Object.entries(samples)) {
      expect(taken(event(action, data))).toMatchObject({ action })
    }
    expect(taken(event('correction', samples.correction)).voids).toEqual([voids[0]?.toLowerCase()])
    expect(taken(event('ended', one))).toMatchObject({ scope: 'all', actor: 'system' })
  })
})

describe('a link', () => {
  const other = { kind: 'phone', value: '+15555550199' }

  it('has its other end in `other` or in the external id', () => {
    const owner = taken(event('link', { address: phone, externalId: 'customer-7' }))
    expect(owner).toMatchObject({ relation: 'owner', other: { kind: 'external-id' } })
    expect(owner.addresses).toHaveLength(1)
    const moved = taken(event('link', { address: phone, other, relation: 'successor' }))
    expect(moved).toMatchObject({ relation: 'successor', other: { value: '+15555550199' } })
  })

  it('must not subscribe one address by the consent of another', () => {
    expect(refused(event('link', { address: phone, other })).field).toBe('data.relation')
    const ids = { externalId: 'a', other: { kind: 'external-id', value: 'b' } }
    expect(refused(event('link', ids)).field).toBe('data.relation')
  })

  it.each([
    ['no other end', { address: phone }, 'data.other'],
    ['itself at its other end', { address: phone, other: phone }, 'data.other'],
    [
      'nobody at its other end',
      { address: phone, other: { kind: 'phone', value: '1' } },
      'data.other',
    ],
  ])('is refused with %s', (_, data, field) => {
    expect(refused(event('link', { relation: 'same-person', ...data })).field).toBe(field)
  })
})

describe('a refusal', () => {
  it.each<[string, unknown, string, string]>([
    ['no object', 'STOP', 'invalid-signal', ''],
    ['no id', event('opt-in', act, { id: undefined }), 'invalid-signal', 'id'],
    [
      'another version',
      event('opt-in', act, { specversion: '0.3' }),
      'invalid-signal',
      'specversion',
    ],
    ['an unknown type', event('opt-inn', act), 'unknown-type', 'type'],
    ['a foreign type', { ...event('', act), type: 'opt-in' }, 'unknown-type', 'type'],
    ['a prototype member as type', event('constructor', act), 'unknown-type', 'type'],
    ['no time', event('opt-in', act, { time: 'noon' }), 'invalid-signal', 'time'],
    ['no data', event('opt-in', undefined), 'invalid-signal', 'data'],
    ['nobody', event('opt-in', { ...act, address: undefined }), 'invalid-signal', 'data.address'],
    ['no scope', event('opt-in', { ...act, scope: undefined }), 'invalid-signal', 'data.scope'],
    ['no such actor', event('opt-in', { ...act, actor: 'bot' }), 'invalid-signal', 'data.actor'],
    [
      'a phone without its plus',
      event('opt-in', { ...act, address: { kind: 'phone', value: '5555550123' } }),
      'invalid-address',
      'data.address',
    ],
    [
      'a date without an offset',
      event('opt-in', { ...act, claimedAt: '2026-05-01' }),
      'invalid-signal',
      'data.claimedAt',
    ],
    [
      'evidence that is too deep',
      event('opt-in', {
        ...act,
        evidence: JSON.parse(`${'{"a":'.repeat(99)}1${'}'.repeat(99)}`) as unknown,
      }),
      'invalid-signal',
      'data.evidence',
    ],
    ['an unknown field', event('opt-in', { ...act, colour: 'red' }), 'invalid-signal', 'data'],
    [
      'no id to void',
      event('correction', { address: phone, voids: [] }),
      'invalid-signal',
      'data.voids',
    ],
  ])('of %s names the field', (_, cloudEvent, code, field) => {
    expect(refused(cloudEvent)).toMatchObject({ code, field })
  })

  it('names an unknown field, but not a value that stands where a name belongs', () => {
    expect(refused(event('opt-in', { ...act, colour: 'red' })).detail).toBe('unknown field colour')
    const stray = refused(event('opt-in', { ...act, '+15555550123': true }))
    expect(stray.detail).toBe('unknown field ?')
    const key = 'ada@example.com'.repeat(8)
    expect(refused(event('opt-in', { ...act, evidence: { [key]: 1 } })).field).toBe(
      'data.evidence.?',
    )
  })

  it('never repeats a value, whichever field it stands in', () => {
    const secret = 'S3CRET+15555550123'
    const values = fc.constantFrom<unknown>(
      secret,
      [secret],
      { kind: secret },
      { value: secret },
      7,
    )
    const fields = fc.constantFrom(
      ...['address', 'externalId', 'scope', 'actor', 'method', 'claimedAt', 'sentAt', 'clock'],
      ...['evidence', 'other', 'relation', 'voids', 'replacement', 'decision', 'validUntil'],
    )
    const actions = fc.constantFrom(...Object.keys(signalDataSchemas))
    const attribute = fc.constantFrom('data', 'time', 'specversion', 'type')
    fc.assert(
      fc.property(actions, fields, values, attribute, (action, field, value, broken) => {
        const whole = event(action, { ...act, [field]: value })
        for (const sent of [whole, { ...whole, [broken]: value }]) {
          const parsed = parseSignal(sent)
          if (!parsed.ok) expect(JSON.stringify(parsed.problem)).not.toContain('S3CRET')
        }
      }),
      { numRuns: 500 },
    )
  })
})
