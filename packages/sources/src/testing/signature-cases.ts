import { describe, expect, test } from 'vitest'
import type { RawRequest } from '../raw-request.ts'
import type { Source } from '../source-config.ts'
import type { VerifyContext } from '../provider.ts'
import { linesOf, nowSeconds, readingOf, verdictOn, wordOf } from './given-source.ts'

/** How one provider signs, written apart from the code under test. */
export type SigningSample = {
  readonly source: Source
  /** A request signed with the source's newest secret, its older one or a foreign one. */
  readonly sign: (by: { readonly secret: Which; readonly atSeconds: number }) => RawRequest
  /** The headers, or the parameters of the body, that carry the signature. */
  readonly carriers: readonly string[]
  readonly coversUrl: boolean
  /** How old a signature may be; null when no time is signed. */
  readonly ageSecondsMax: number | null
  readonly withoutSignature?: 'unsigned' | 'come-again'
  readonly fetched?: VerifyContext['fetched']
}
export type Which = 'new' | 'old' | 'foreign'

/** What every signature must stand: a change of secret, of a byte, of the URL, of time. */
export function signatureCases(sample: SigningSample): void {
  const { source, sign, carriers, coversUrl, ageSecondsMax, fetched } = sample
  const more = fetched === undefined ? {} : { fetched }
  const word = (raw: RawRequest) => wordOf(verdictOn(source, raw, more))
  const said = (raw: RawRequest) => linesOf(readingOf(source, raw))
  const signed = (secret: Which = 'new', atSeconds = nowSeconds) => sign({ secret, atSeconds })

  describe('the signature', () => {
    test('is believed by the new secret and by the old one', () => {
      expect(word(signed('new'))).toBe('believed')
      expect(word(signed('old'))).toBe('believed')
    })

    test('of a foreign secret is forged', () => {
      expect(word(signed('foreign'))).toBe('forged')
    })

    test('is forged when any byte of the body was changed', () => {
      const raw = signed()
      for (let at = 0; at < raw.body.length; at += 1) {
        const body = Buffer.from(raw.body)
        body.writeUInt8((body[at] ?? 0) ^ 1, at)
        const changed = { ...raw, body }
        // The last digit of base64 has bits that mean nothing; then the message is the same.
        if (word(changed) === 'believed') expect(said(changed)).toEqual(said(raw))
      }
      expect(['forged', 'unsigned']).toContain(word({ ...raw, body: Buffer.alloc(0) }))
    })

    test('that covers the URL is forged at another one', () => {
      const raw = signed()
      const elsewhere = ['/zenith', '/acme?a=b'].map((end) => raw.url.replace('/acme', end))
      const words = elsewhere.map((url) => word({ ...raw, url }))
      expect(words).toEqual(coversUrl ? ['forged', 'forged'] : ['believed', 'believed'])
    })

    test.each(carriers)('without %s is not believed', (carrier) => {
      const raw = signed()
      const { [carrier]: _left, ...headers } = raw.headers
      const text = Buffer.from(raw.body).toString('utf8')
      const body = text.replace(new RegExp(`&?${carrier}=[^&]*`), '')
      const bare = { ...raw, headers, body: Buffer.from(carrier in raw.headers ? text : body) }
      expect(word(bare)).toBe(sample.withoutSignature ?? 'unsigned')
    })

    test('that is too old is true, and stale', () => {
      const longAgo = nowSeconds - (ageSecondsMax ?? 0)
      expect(word(signed('new', longAgo))).toBe('believed')
      expect(word(signed('new', longAgo - 1))).toBe(ageSecondsMax === null ? 'believed' : 'stale')
      expect(word(signed('foreign', longAgo - 1))).toBe('forged')
    })

    test('of odd text never throws', () => {
      const raw = signed()
      for (const odd of ['', ' ', 'a.b.c', '====', '\ud800', '0'.repeat(9_000), 'Bearer ..']) {
        const headers = {
          ...raw.headers,
          ...Object.fromEntries(carriers.map((name) => [name, odd])),
        }
        expect(word({ ...raw, headers, body: Buffer.from(odd) })).not.toBe('believed')
      }
    })
  })
}
