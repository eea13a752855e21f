import type { HmacAlgorithm } from './signature.ts'
import { hmac, isAnyGood, isSame } from './signature.ts'

export type TokenAlgorithm = 'HS256' | 'HS384' | 'HS512'
export type TokenClaims = Readonly<Partial<Record<string, unknown>>>

const hashes: Readonly<Record<TokenAlgorithm, HmacAlgorithm>> = {
  HS256: 'sha256',
  HS384: 'sha384',
  HS512: 'sha512',
}

const isAlgorithm = (name: unknown): name is TokenAlgorithm =>
  typeof name === 'string' && Object.hasOwn(hashes, name)

function jsonOfPart(part: string): TokenClaims | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null ? (value as TokenClaims) : null
  } catch {
    return null
  }
}

/** No provider's token is longer. */
const tokenLengthMax = 8_192

/**
 * The claims of a signed token (RFC 7515, compact form, HMAC) that one of the secrets made; null
 * for any other. Of times it says nothing. Our own, because this room computes without waiting
 * and the kept libraries wait; tests hold it to tokens that one of these made.
 */
export function readToken(
  token: string,
  secrets: readonly (string | Uint8Array)[] | undefined,
  algorithms: readonly TokenAlgorithm[],
): TokenClaims | null {
  const [header = '', payload = '', signature = '', ...rest] = token.split('.')
  if (token.length > tokenLengthMax || rest.length > 0) return null
  const algorithm = jsonOfPart(header)?.['alg']
  // The token may not choose how it is checked.
  if (!isAlgorithm(algorithm) || !algorithms.includes(algorithm)) return null
  const signed = `${header}.${payload}`
  const isGood = isAnyGood(secrets, (secret) =>
    isSame(signature, hmac(hashes[algorithm], secret, signed).toString('base64url')),
  )
  return isGood ? jsonOfPart(payload) : null
}
