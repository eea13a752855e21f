import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { streamKey } from './stream-key.ts'
import { parseUuid, uuidBytes, uuidText } from './uuid-bytes.ts'

const uuid = '019b2c3d-4e5f-7a0b-8c9d-aebfc0d1e2f3'

test('the bytes of a UUID are its hex digits', () => {
  expect(uuidBytes(uuid).toString('hex')).toBe(uuid.replaceAll('-', ''))
})

test('a UUID comes back from its bytes', () => {
  for (const each of [uuid, ...Array.from({ length: 200 }, () => randomUUID())]) {
    expect(uuidText(uuidBytes(each))).toBe(each)
  }
})

// Each would come back as another text, or from another one.
const others = {
  'upper case': uuid.toUpperCase(),
  'no dashes': uuid.replaceAll('-', ''),
  'a dash in the wrong place': '019b2c3d4-e5f-7a0b-8c9d-aebfc0d1e2f3',
  'a digit too few': uuid.slice(0, -1),
  'a digit too many': `${uuid}0`,
  'a letter that is no digit': uuid.replace('f3', 'g3'),
  'a letter whose low byte is a digit': uuid.replace('f3', 'f\u0133'),
  'a space': uuid.replace('f3', ' 3'),
  nothing: '',
}

test.for(Object.entries(others))('%s is no UUID', ([_, text]) => {
  expect(parseUuid(text)).toBeNull()
  expect(() => uuidBytes(text)).toThrow('expected a UUID')
})

test('a stream of a subject is stored as its bytes, any other by its name', () => {
  expect(streamKey(`subject-${uuid}`)).toEqual(uuidBytes(uuid))
  for (const name of ['groups', 'subject-', `subject-${uuid.toUpperCase()}`, uuid]) {
    expect(streamKey(name)).toBe(name)
  }
})
