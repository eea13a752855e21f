import { expect, test } from 'vitest'
import { uuidV7, uuidV8 } from './uuid.ts'

test('a UUIDv7 holds its millisecond, its version and its variant (RFC 9562)', () => {
  for (const atMs of [0, 1_790_000_000_000, 1_790_000_000_000.75, 2 ** 48 - 1]) {
    const uuid = uuidV7(atMs)
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(Number.parseInt(uuid.replaceAll('-', '').slice(0, 12), 16)).toBe(Math.floor(atMs))
  }
})

test('newer ones sort behind older ones, and none comes twice', () => {
  const uuids = Array.from({ length: 3_000 }, (_, nth) => uuidV7(1_790_000_000_000 + nth))
  expect(uuids.toSorted()).toEqual(uuids)
  const ofOneMoment = Array.from({ length: 3_000 }, () => uuidV7(1_790_000_000_000))
  expect(new Set(ofOneMoment).size).toBe(3_000)
})

test('a UUIDv8 keeps the digits it is made of, but for version and variant', () => {
  for (const digit of '0123456789abcdef') {
    const uuid = uuidV8(digit.repeat(64))
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(uuid.replaceAll('-', '').replace(/^(.{12}).(.{3})./, '$1$2')).toBe(digit.repeat(30))
  }
})
