import { describe, expect, it } from 'vitest'
import { decodeRecord, encodeRecord } from './record-codec.ts'
import { emptyRecord, foldEvents } from './subject-record.ts'
import { acts, proof } from './testing/acts.ts'
import { at, eventIdOf, given, phone } from './testing/given.ts'

const { stop, web, link, correct } = acts

const { events } = given(
  web('2026-04-01T10:00:00Z', 'offers', { validUntil: '2027-04-01T00:00:00Z' }),
  stop('2026-05-01T10:00:00Z'),
  stop('2026-05-02T10:00:00Z'),
  link('2026-05-03T10:00:00Z', { address: phone, externalId: 'customer-7' }),
  correct('2026-05-04T10:00:00Z', [eventIdOf(2)], { evidence: proof }),
)
const own = events.filter(({ data }) => 'kind' in data && data.kind === 'phone')
const record = foldEvents('phone', own)

const may = at('2026-05-01T10:00:00Z')

describe('the text of a record', () => {
  it('is compact, its registers and links by key and its voids sorted', () => {
    const text = encodeRecord(record)
    expect(Object.keys(JSON.parse(text) as object)).toEqual(['kind', 'registers', 'links', 'voids'])
    expect(JSON.parse(text)).toMatchObject({
      kind: 'phone',
      registers: {
        'brand:acme/carrier-messaging': {
          outByPerson: [may, eventIdOf(1), may, 'P12'],
        },
      },
      links: [['owner', expect.any(String), 'external-id', expect.any(Array), null]],
      voids: [eventIdOf(2)],
    })
    expect(text.length).toBeLessThan(JSON.stringify(record).length)
  })

  it('is read back as it was', () => {
    expect(decodeRecord(encodeRecord(record))).toEqual(record)
    expect(decodeRecord(encodeRecord(emptyRecord('email')))).toEqual(emptyRecord('email'))
  })

  it('is the same whatever the order of keys and voids', () => {
    const reversed = {
      ...record,
      registers: Object.fromEntries(Object.entries(record.registers).reverse()),
      voids: [...record.voids, eventIdOf(1)],
    }
    const sorted = { ...record, voids: [eventIdOf(1), ...record.voids] }
    expect(encodeRecord(reversed)).toBe(encodeRecord(sorted))
  })
})
