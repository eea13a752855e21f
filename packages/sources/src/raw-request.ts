/** A request as it came in: nothing of it has been parsed. */
export type RawRequest = {
  readonly method: 'GET' | 'POST'
  /** The whole URL as the provider knows it: the source's public URL, path and query. */
  readonly url: string
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Uint8Array
}

const utf8 = new TextDecoder('utf-8')

/** The body as text; bytes that are no UTF-8 become U+FFFD. */
export const textOf = ({ body }: RawRequest): string => utf8.decode(body)

/** The parameters of the query. */
export const queryOf = ({ url }: RawRequest): URLSearchParams => {
  const mark = url.indexOf('?')
  return new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1))
}

/** The parameters of a form, or of the query of a request without a body. */
export const formOf = (raw: RawRequest): URLSearchParams =>
  raw.method === 'GET' ? queryOf(raw) : new URLSearchParams(textOf(raw))

/** The media type of the body in lower case, without its parameters. */
export const mediaTypeOf = ({ headers }: RawRequest): string =>
  (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''

/** The body as JSON; undefined when it is none. */
export function jsonOf(raw: RawRequest): unknown {
  try {
    return JSON.parse(textOf(raw).replace(/^\uFEFF/, '')) as unknown
  } catch {
    return undefined
  }
}

/** Finds a field by its name: as text, undefined where there is none or it is no text or number. */
export type Fields = (name: string) => string | undefined

/** The fields of a form, or of a JSON object; null for a body that is neither. */
export function fieldsOf(raw: RawRequest): Fields | null {
  if (mediaTypeOf(raw) !== 'application/json') {
    const form = formOf(raw)
    return (name) => form.get(name) ?? undefined
  }
  const json = jsonOf(raw)
  if (typeof json !== 'object' || json === null) return null
  return (name) => {
    const value = (json as Readonly<Record<string, unknown>>)[name]
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
  }
}
