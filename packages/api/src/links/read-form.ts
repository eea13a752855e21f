/** The fields of a form, and in which of the two encodings they came. */
export type SentForm = {
  readonly get: (name: string) => string | null
  /** True for the POST of a mailbox provider, whose body is fixed (RFC 8058 section 3.2). */
  readonly isOneClick: boolean
  readonly encoding: 'urlencoded' | 'multipart' | 'other'
}

const oneClickField = 'List-Unsubscribe'
const oneClickWords = /list-unsubscribe[^]{0,200}one-click/i

/**
 * Reads what was posted to a link. A body that is no form still unsubscribes when it holds the
 * words of the one-click request: they mean nothing else.
 */
export async function readForm(contentType: string, body: Uint8Array): Promise<SentForm> {
  const mediaType = contentType.split(';', 1)[0]?.trim().toLowerCase()
  const text = Buffer.from(body).toString('utf8')
  const fields =
    mediaType === 'multipart/form-data'
      ? await readMultipart(contentType, body)
      : new URLSearchParams(text)
  const get = (name: string): string | null => {
    const value = fields?.get(name)
    return typeof value === 'string' ? value : null
  }
  const isMarked = get(oneClickField)?.toLowerCase() === 'one-click'
  return {
    get,
    isOneClick: isMarked || oneClickWords.test(text),
    encoding:
      mediaType === 'multipart/form-data'
        ? 'multipart'
        : mediaType === 'application/x-www-form-urlencoded'
          ? 'urlencoded'
          : 'other',
  }
}

/** Null for a body that breaks its own boundaries. */
async function readMultipart(contentType: string, body: Uint8Array): Promise<FormData | null> {
  try {
    const headers = { 'content-type': contentType }
    return await new Response(Buffer.from(body), { headers }).formData()
  } catch {
    return null
  }
}
