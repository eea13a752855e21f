import { expect, test } from 'vitest'
import { readToken } from './json-web-token.ts'

// RFC 7515, appendix A.1.
const key = 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow'
const token = [
  'eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9',
  'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ',
  'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
].join('.')

test('the published token is read with its key, and with no other', () => {
  const secret = Buffer.from(key, 'base64url')
  expect(readToken(token, [secret], ['HS256'])).toMatchObject({ iss: 'joe', exp: 1_300_819_380 })
  expect(readToken(token, ['other'], ['HS256'])).toBeNull()
  expect(readToken(token, [secret], ['HS512'])).toBeNull()
  expect(readToken(`${token}.x`, [secret], ['HS256'])).toBeNull()
})
