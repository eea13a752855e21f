import { adminKey } from './start-standalone.ts'

/** One server-sent event of the change feed. */
export type StreamedChange = { readonly id: string; readonly data: unknown }

export type StreamOptions = {
  readonly after?: string
  /** As a client sends it that was cut off. */
  readonly lastEventId?: string
  /** How many changes to read before hanging up. */
  readonly count: number
}

const waitMsMax = 10_000

/** Follows the change feed until it has told so many changes, then hangs up without a word. */
export async function readEventStream(
  address: string,
  { after, lastEventId, count }: StreamOptions,
): Promise<readonly StreamedChange[]> {
  const hangUp = new AbortController()
  const query = after === undefined ? '' : `?after=${encodeURIComponent(after)}`
  const response = await fetch(`${address}/v1/changes${query}`, {
    headers: {
      authorization: `Bearer ${adminKey}`,
      accept: 'text/event-stream',
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    },
    signal: AbortSignal.any([hangUp.signal, AbortSignal.timeout(waitMsMax)]),
  })
  if (response.status !== 200 || response.body === null) {
    throw new Error(`the stream was answered ${response.status}`)
  }
  const changes: StreamedChange[] = []
  let text = ''
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    changes.push(...blocks.flatMap(changeOf))
    if (changes.length >= count) break
  }
  hangUp.abort()
  return changes.slice(0, count)
}

function changeOf(block: string): readonly StreamedChange[] {
  const fields = new Map(
    block.split('\n').map((line) => {
      const [name = '', ...rest] = line.split(': ')
      return [name, rest.join(': ')] as const
    }),
  )
  const [id, data] = [fields.get('id'), fields.get('data')]
  return id === undefined || data === undefined ? [] : [{ id, data: JSON.parse(data) }]
}
