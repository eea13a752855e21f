import { createHash } from 'node:crypto'
import type { EventId, Group, GroupId, Register, ScopeKey, SubjectId } from '@ledger/domain'
import { defineGroup, emptyRecord, groupDefinitionSchema } from '@ledger/domain'
import type { FoldedRow } from '@ledger/read-models'
import { expect, test } from 'vitest'
import { statePairs, summarise } from './state-hash.ts'

const [ada, bob, cy] = ['a', 'b', 'c'].map(
  (letter) => `00000000-0000-7000-8000-${letter.repeat(12)}` as SubjectId,
) as [SubjectId, SubjectId, SubjectId]
const eventId = '00000000-0000-8000-8000-000000000001' as EventId

const groupOf = (id: string): readonly [GroupId, Group] => {
  const definition = { name: id, channel: 'sms', brand: 'acme', purpose: 'marketing' }
  const parsed = groupDefinitionSchema.parse(definition)
  return [id as GroupId, defineGroup(id as GroupId, parsed)]
}

const rowOf = (scope: string, register: Register): FoldedRow => ({
  record: { ...emptyRecord('phone'), registers: { [scope as ScopeKey]: register } },
  parked: [],
})

const stamp = { bound: 7, eventId, effectiveAt: 5, ruleId: 'P17' }
const rows = new Map([
  [bob, rowOf('all', { outByPerson: stamp })],
  [ada, rowOf('group:offers', { inByPerson: { ...stamp, until: 100 } })],
  [cy, { record: emptyRecord('phone'), parked: [] }],
])
const groups = new Map([groupOf('sale'), groupOf('offers')])

test('a state is one line per pair of which there is something to say, by subject and group', () => {
  const pairs = [...statePairs({ rows, groups }, 50)]
  expect(pairs.map(({ subject, group, answer }) => [subject, group, answer.state])).toEqual([
    [ada, 'offers', 'subscribed'],
    [bob, 'offers', 'unsubscribed'],
    [bob, 'sale', 'unsubscribed'],
  ])
})

test('its hash is over these lines, so that anybody can compute it', () => {
  const lines = [
    [ada, 'offers', 'subscribed', 5, eventId, false, false],
    [bob, 'offers', 'unsubscribed', 5, eventId, false, false],
    [bob, 'sale', 'unsubscribed', 5, eventId, false, false],
  ]
  const text = lines.map((line) => `${line.join('\t')}\n`).join('')
  const hash = createHash('sha256').update(text, 'utf8').digest('hex')
  expect(summarise({ rows, groups }, 50)).toMatchObject({ hash, pairs: 3 })
})

test('it is the same in whatever order subjects and groups were met', () => {
  const turned = {
    rows: new Map([...rows].reverse()),
    groups: new Map([...groups].reverse()),
  }
  expect(summarise(turned, 50)).toEqual(summarise({ rows, groups }, 50))
})

test('it is another when anything is another: an instant, a hold', () => {
  const held = new Map(rows).set(bob, {
    record: rows.get(bob)?.record ?? emptyRecord('phone'),
    parked: ['log-1' as never],
  })
  const hashes = [
    summarise({ rows, groups }, 50).hash,
    summarise({ rows, groups }, 100).hash,
    summarise({ rows: held, groups }, 50).hash,
    summarise({ rows, groups: new Map([groupOf('offers')]) }, 50).hash,
  ]
  expect(new Set(hashes).size).toBe(4)
})

test('the sizes of the groups are counted beside it', () => {
  const { byGroup } = summarise({ rows, groups }, 100)
  expect([...byGroup].map(([group, sizes]) => [group, Object.fromEntries(sizes)])).toEqual([
    ['offers', { expired: 1, unsubscribed: 1 }],
    ['sale', { unsubscribed: 1 }],
  ])
})
