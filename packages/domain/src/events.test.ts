import { describe, expect, it } from 'vitest'
import type { StoredEvent } from './events.ts'
import { isSubjectEvent, schemaVersion, upcast } from './events.ts'
import { eventIdOf, given } from './testing/given.ts'
import { acts } from './testing/acts.ts'

const [event] = given(acts.stop('2026-05-01T10:00:00Z')).events
if (event === undefined) throw new Error('a stop is recorded')

const stored = (rest: Partial<StoredEvent> = {}): StoredEvent => ({
  ...event,
  schemaVersion,
  ...rest,
})
const without = (field: string) => {
  const { [field]: _, ...data } = event.data as unknown as Record<string, unknown>
  return stored({ data })
}
const withField = (field: string, value: unknown) =>
  stored({ data: { ...event.data, [field]: value } })

describe('upcast', () => {
  it('reads what was stored', () => {
    expect(upcast(stored())).toEqual({ ok: true, event })
  })

  it.each([['Forgotten'], [''], ['constructor'], ['__proto__'], ['optedOut']])(
    'does not know the type %j',
    (type) => {
      expect(upcast(stored({ type }))).toEqual({ ok: false, reason: 'unknown-type' })
    },
  )

  it.each([[0], [2], [1.5], [NaN]])('does not know version %d', (version) => {
    const read = upcast(stored({ schemaVersion: version }))
    expect(read).toEqual({ ok: false, reason: 'unknown-version' })
  })

  it.each([
    ['no object', stored({ data: null })],
    ['a text', stored({ data: 'STOP' })],
    ['no scope', without('scope')],
    ['no authority', without('authority')],
    ['no bound', without('bound')],
    ['no kind', without('kind')],
    ['a bound that is no whole number', withField('bound', 1.5)],
    ['a bound beyond safe integers', withField('bound', 2 ** 60)],
    ['a scope that nobody could have spelled', withField('scope', 'everything')],
    ['an unknown authority', withField('authority', 'oracle')],
    ['a copy of no event', withField('copyOf', 'that one')],
  ])('calls malformed %s', (_, malformed) => {
    expect(upcast(malformed)).toEqual({ ok: false, reason: 'malformed' })
  })

  it('drops fields it does not know, so that an older reader reads on', () => {
    expect(upcast(withField('mood', 'angry'))).toEqual({ ok: true, event })
  })
})

describe('isSubjectEvent', () => {
  it('tells the events of subjects from those of groups', () => {
    const archived = upcast(stored({ type: 'GroupArchived', data: { group: 'offers' } }))
    expect(archived.ok && isSubjectEvent(archived.event)).toBe(false)
    expect(isSubjectEvent(event)).toBe(true)
    expect(event.id).toBe(eventIdOf(0))
  })
})
