const waitMsMax = 5_000
const bytesMax = 64 * 1024

/**
 * Fetches a small text from a provider, such as a certificate. Which hosts may be asked, the
 * provider's code says; a redirect would lead elsewhere and is not followed.
 * @throws Error when it does not come whole, within 5 s and 64 KiB
 */
export async function fetchText(url: string): Promise<string> {
  const signal = AbortSignal.timeout(waitMsMax)
  const answer = await fetch(url, { redirect: 'error', signal })
  if (!answer.ok || answer.body === null) throw new Error(`answered ${answer.status}`)
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
    bytes += chunk.length
    if (bytes > bytesMax) throw new Error('more than a certificate')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
