import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * A certificate as Amazon has one, with its key in the same file: made for tests, valid nowhere
 * else, so that they can sign what SNS signs.
 */
export const snsCertificate = readFileSync(
  join(import.meta.dirname, '..', '..', '..', '..', 'test', 'support', 'sns-certificate.pem'),
  'utf8',
)
