import { describe, expect, test } from 'vitest'
import { recogniseImport } from './import-form.ts'
import { createImportRows } from './import-rows.ts'

const sha256 = 'a'.repeat(64)
const channels: Readonly<Record<string, string>> = { offers: 'sms', news: 'email' }

function read(text: string, country?: string) {
  const recognised = recogniseImport(text, {})
  if (!recognised.ok) throw new Error(recognised.detail)
  const { header, form } = recognised
  const channelOf = (group: string) => channels[group]
  const rows = createImportRows({ header, form, sha256, country, channelOf })
  return [...rows.push(text), ...rows.end()].map((row) =>
    'problem' in row
      ? { row: row.row, problem: row.problem.field, detail: row.problem.detail }
      : {
          row: row.row,
          id: row.id,
          said: `${row.signal.action} ${row.signal.scope}`,
          keys: row.signal.addresses.map(({ kind, value }) => `${kind}:${value}`),
          signal: row.signal,
        },
  )
}
const ours = (...rows: string[]) => read(['phone,email,group,state,claimed_at', ...rows].join('\n'))
const braze = (...rows: string[]) =>
  read(
    [
      'external_id,email,phone,subscription_group_id,subscription_state,email_subscribe',
      ...rows,
    ].join('\n'),
  )

describe('a row of our own columns', () => {
  test('speaks as an import, known by its file and number', () => {
    const [row] = ours('+12025550143,,offers,subscribed,2026-01-01T00:00:00Z')
    expect(row).toMatchObject({ row: 1, id: '1', said: 'opt-in group:offers' })
    expect(row?.signal).toMatchObject({
      ...{ source: `urn:import:${sha256}`, actor: 'import', method: 'import', clock: 'human' },
    })
  })

  test('opts in the address that reaches the group, and opts out every address', () => {
    const both = '+12025550143,ada@example.org'
    const rows = ours(`${both},news,subscribed,`, `${both},news,unsubscribed,`)
    expect(rows.map(({ id, keys }) => [id, keys])).toEqual([
      ['1', ['email:ada@example.org']],
      ['2', ['phone:+12025550143']],
      ['2:email', ['email:ada@example.org']],
    ])
  })

  test.each([
    ['1.20256E+10,,offers,subscribed,', 'phone', 'cut the digits'],
    ['12025550143,,offers,subscribed,', 'phone', 'E.164'],
    [',ada@example.org,offers,subscribed,', 'phone', 'nobody is reached there'],
    ['+12025550143,,offers,pending,', 'state', 'expected opt-in or opt-out'],
    ['+12025550143,,offers,subscribed,03/04/2026', 'claimed_at', 'RFC 3339'],
    ['+12025550143,,,subscribed,', 'group', 'nvalid'],
    [',,offers,subscribed,', 'phone', 'expected an address'],
    ['"+12025550143,,offers,subscribed,', 'row', 'quote'],
    ['+12025550143,,offers,subscribed,,more', 'row', 'one cell for each column'],
  ])('that cannot grant is refused by its column: %s', (row, field, detail) => {
    const [found] = ours(row)
    expect(found).toMatchObject({ row: 1, problem: field })
    expect(found?.detail).toContain(detail)
  })

  test.each([
    ['1.20256E+10,,offers,unsubscribed,', ['phone:1.20256E+10'], 'opt-out group:offers'],
    ['12025550143,,offers,Opt Out,', ['phone:+12025550143'], 'opt-out group:offers'],
    ['+12025550143,,,unsubscribed,', ['phone:+12025550143'], 'opt-out all'],
    [
      '+12025550143,,offers,unsubscribed,03/04/2026',
      ['phone:+12025550143'],
      'opt-out group:offers',
    ],
    ['"+12025550143,,offers,unsubscribed,', ['phone:+12025550143'], 'opt-out group:offers'],
    ['x,+12025550143,2026-01-01,offers,y,unsubscribed', ['phone:+12025550143'], 'opt-out all'],
    ['+12025550143,,offers,please unsubscribe,', ['phone:+12025550143'], 'opt-out group:offers'],
  ])('that wants out is never refused: %s', (row, keys, said) => {
    expect(ours(row)).toMatchObject([{ row: 1, keys, said }])
  })

  test('of nothing but delimiters says nothing, and counts', () => {
    const rows = ours(',,,,', '+12025550143,,offers,opt-in,')
    expect(rows).toMatchObject([{ row: 2, keys: ['phone:+12025550143'] }])
  })

  test('a day is its first moment for an opt-in and its last for an opt-out', () => {
    const rows = ours(
      '+12025550143,,offers,subscribed,2026-01-01',
      '+12025550143,,offers,unsubscribed,2026-01-01',
    )
    const at = (text: string) => Date.parse(text) * 1_000
    expect(rows.map(({ signal }) => signal?.claimedAt)).toEqual([
      at('2026-01-01T00:00:00Z'),
      at('2026-01-01T23:59:59Z'),
    ])
  })

  test('a phone without its plus is read by the country that was said', () => {
    const [row] = read('phone,group,state\n(202) 555-0143,offers,subscribed', 'US')
    expect(row?.keys).toEqual(['phone:+12025550143'])
    expect(row?.signal?.evidence).toMatchObject({ assumedCountry: 'US' })
  })
})

describe('a row of Braze columns', () => {
  test('sets the state of its group, under the external id too', () => {
    const rows = braze('u1,ada@example.org,+12025550143,offers,subscribed,')
    expect(rows).toMatchObject([
      { said: 'opt-in group:offers', keys: ['phone:+12025550143', 'external-id:u1'] },
    ])
  })

  test('sets the global state of e-mail beside it', () => {
    const rows = braze('u1,ada@example.org,,news,unsubscribed,opted_in')
    expect(rows.map(({ id, said, keys }) => [id, said, keys?.[0]])).toEqual([
      ['1', 'opt-out group:news', 'email:ada@example.org'],
      ['1:global', 'opt-in family:email', 'email:ada@example.org'],
    ])
  })

  test.each(['u1,ada@example.org,,news,,', 'u1,,,,,', ',,,,,'])(
    'a blank cell says nothing: %s',
    (row) => {
      expect(braze(row)).toEqual([])
    },
  )

  test.each([
    ['u1,,,offers,opted_in,', 'subscription_state'],
    ['u1,,,,subscribed,', 'subscription_group_id'],
    ['u1,,,,,yes', 'email_subscribe'],
    [',,1.2E+10,offers,subscribed,', 'phone'],
  ])('what it cannot mean is refused by its column: %s', (row, field) => {
    expect(braze(row)).toMatchObject([{ row: 1, problem: field }])
  })

  test('without a group it wants out of everything', () => {
    expect(braze('u1,,,,unsubscribed,')).toMatchObject([
      { said: 'opt-out all', keys: ['external-id:u1'] },
    ])
  })

  test('an alias is an address of its own, label and name apart', () => {
    const header = 'user_alias_name,user_alias_label,subscription_group_id,subscription_state'
    const [row, ofNews] = read(
      `${header}\nada:l/é,crm id,offers,subscribed\nbo,crm,news,subscribed`,
    )
    expect(ofNews?.keys).toEqual(['user-alias:crm:bo'])
    expect(row?.keys).toEqual(['user-alias:crm%20id:ada%3Al%2F%C3%A9'])
  })
})
