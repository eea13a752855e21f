import { describe, expect, it } from 'vitest'
import {
  addressSchema,
  isPhoneCountry,
  maskAddress,
  normaliseAddress,
  phoneInCountry,
} from './address.ts'

describe('phoneInCountry', () => {
  it.each([
    ['US', '(202) 555-0143', '+12025550143'],
    ['US', '12025550143', '+12025550143'],
    ['FR', '06 12 34 56 78', '+33612345678'],
    ['GB', '\u202a020 7946 0018\u202c', '+442079460018'],
    ['US', '+33612345678', '+33612345678'],
    ['US', '5550', null],
    ['US', 'nobody', null],
  ] as const)('reads in %s what is written %j as %j', (country, text, phone) => {
    expect(phoneInCountry(text, country)).toBe(phone)
  })

  it('knows a country by its two capital letters', () => {
    expect(['US', 'us', 'XX', ''].map(isPhoneCountry)).toEqual([true, false, false, false])
  })
})

describe('normaliseAddress', () => {
  it.each([
    ['phone', '+1 (555) 555-0123', '+15555550123'],
    ['phone', '  +33 6 12 34 56 78 ', '+33612345678'],
    ['phone', '+1 555 555 0123 ext. 7', '+15555550123'],
    ['email', ' Ada.Lovelace@Example.COM ', 'ada.lovelace@example.com'],
    ['email', 'jose\u0301@example.com', 'jos\u00e9@example.com'],
    ['external-id', ' Customer-7 ', 'Customer-7'],
    ['whatsapp-user', 'US.1234567890', 'US.1234567890'],
    ['constructor', ' as it is ', 'as it is'],
  ])('brings a %s written %j into one spelling', (kind, given, value) => {
    expect(normaliseAddress({ kind, value: given })).toEqual({
      kind,
      value,
      given,
      isParsable: true,
    })
  })

  it.each([
    ['phone', '5555550123', 'without its plus the country would be a guess'],
    ['phone', '+1555', 'too short for any number'],
    ['phone', '+15555550123456789', 'too long for any number'],
    ['phone', 'unknown', 'no number at all'],
    ['email', 'ada.example.com', 'no at sign'],
    ['email', 'ada lovelace@example.com', 'a space'],
    ['email', '@example.com', 'nobody'],
    ['external-id', '   ', 'blank'],
  ])('keeps a %s written %j as it is, for nobody is reached there: %s', (kind, given) => {
    const { value, isParsable } = normaliseAddress({ kind, value: given })
    expect({ value, isParsable }).toEqual({ value: given.trim(), isParsable: false })
  })

  it('accepts numbers that are possible though no range is known for them', () => {
    expect(normaliseAddress({ kind: 'phone', value: '+12005550123' }).isParsable).toBe(true)
  })

  it('is idempotent', () => {
    const once = normaliseAddress({ kind: 'email', value: ' Ada@Example.com ' })
    const twice = normaliseAddress({ kind: 'email', value: once.value })
    expect(twice.value).toBe(once.value)
  })
})

describe('addressSchema', () => {
  it.each([
    [{ kind: 'Phone', value: '+15555550123' }],
    [{ kind: 'phone', value: '' }],
    [{ kind: 'phone', value: 'x'.repeat(513) }],
    [{ kind: 'phone', value: '+15555550123', extra: 1 }],
    [{ kind: '', value: '+15555550123' }],
    ['+15555550123'],
  ])('refuses %j', (address) => {
    expect(addressSchema.safeParse(address).success).toBe(false)
  })
})

describe('maskAddress', () => {
  it.each([
    ['phone', '+15555550123', '+15***23'],
    ['email', 'ada@example.com', 'a***@example.com'],
    ['email', '@broken', '***'],
    ['external-id', 'c-7', '***'],
    ['external-id', 'customer-7', 'cus***-7'],
  ])('shows of a %s no more than it must', (kind, value, masked) => {
    expect(maskAddress({ kind, value })).toBe(masked)
  })
})
