import { expect, test } from 'vitest'
import * as z from 'zod'
import type { ConfigFault } from './config.ts'
import { ConfigError, flagField, integerField, readConfig } from './config.ts'

const schema = z.object({
  PORT: integerField({ min: 0, max: 65_535 }).default(8_080),
  VERBOSE: flagField().default(false),
  MASTER_KEY: z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hex digits'),
  MODE: z.enum(['one', 'two']).default('one'),
})
const masterKey = 'ab'.repeat(32)

function faultsOf(env: Readonly<Record<string, string>>): readonly ConfigFault[] {
  try {
    readConfig(schema, env)
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
  }
  throw new Error('expected a ConfigError')
}

test('values are read, defaults stand in, other variables are left alone', () => {
  const env = { PORT: ' 9000 ', VERBOSE: 'Yes', MASTER_KEY: masterKey, PATH: '/bin' }
  expect(readConfig(schema, env)).toEqual({
    PORT: 9_000,
    VERBOSE: true,
    MASTER_KEY: masterKey,
    MODE: 'one',
  })
})

test('a variable set to nothing counts as not set', () => {
  expect(readConfig(schema, { PORT: '', MASTER_KEY: masterKey }).PORT).toBe(8_080)
})

test('every fault is named at once', () => {
  const faults = faultsOf({ PORT: '80a', VERBOSE: 'perhaps', MODE: 'three' })
  expect(faults).toEqual([
    { name: 'PORT', problem: 'expected a whole number from 0 to 65535' },
    { name: 'VERBOSE', problem: 'expected true or false' },
    { name: 'MASTER_KEY', problem: 'must be set' },
    { name: 'MODE', problem: 'Invalid option: expected one of "one"|"two"' },
  ])
})

test('a number out of bounds is a fault, not the default', () => {
  expect(faultsOf({ PORT: '65536', MASTER_KEY: masterKey })).toHaveLength(1)
  expect(faultsOf({ PORT: '9'.repeat(400), MASTER_KEY: masterKey })).toHaveLength(1)
})

test('no value is ever printed', () => {
  const secret = 'hunter2-hunter2'
  const env = { PORT: secret, VERBOSE: secret, MASTER_KEY: secret, MODE: secret }
  expect(() => readConfig(schema, env)).toThrow(ConfigError)
  try {
    readConfig(schema, env)
  } catch (error) {
    expect(String(error)).not.toContain(secret)
    expect(JSON.stringify(error)).not.toContain(secret)
  }
})
