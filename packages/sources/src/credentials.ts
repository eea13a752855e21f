import type { RawRequest } from './raw-request.ts'
import { queryOf } from './raw-request.ts'
import { isSame } from './signature.ts'
import type { Source } from './source-config.ts'

/**
 * True when a request carries every credential that its source asks for besides the provider's
 * signature: basic authentication, the secret of the path, the word of the proxy that it has seen a
 * client certificate.
 */
export function hasCredentials(
  raw: RawRequest,
  { basic, pathSecret, mutualTls }: Pick<Source, 'basic' | 'pathSecret' | 'mutualTls'>,
): boolean {
  const isBasicGood =
    basic === undefined ||
    isSame(
      raw.headers['authorization'] ?? '',
      `Basic ${Buffer.from(`${basic.user}:${basic.password}`).toString('base64')}`,
    )
  const isPathGood =
    pathSecret === undefined || isSame(queryOf(raw).get('secret') ?? '', pathSecret)
  const isTlsGood =
    mutualTls === undefined ||
    isSame(raw.headers[mutualTls.header.toLowerCase()] ?? '', mutualTls.value)
  return isBasicGood && isPathGood && isTlsGood
}
