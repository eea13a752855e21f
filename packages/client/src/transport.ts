import { LedgerProblem, LedgerUnreachable } from './failures.ts'

/** How patient a client is; all in milliseconds. */
export type Patience = {
  /** How long one try may take. */
  readonly attemptTimeoutMs: number
  /** How long a call may take with all its retries. */
  readonly deadlineMs: number
  /** The first pause; each further one may be twice as long. */
  readonly pauseMsMin: number
  readonly pauseMsMax: number
}

export type TransportOptions = {
  readonly url: string
  readonly key: string
  readonly patience: Patience
  readonly fetch: typeof fetch
}

/** Asks a door and gives its answer, trying again what may be over in a moment. */
export type Ask = <Answer>(
  method: 'GET' | 'POST',
  path: string,
  options?: { readonly body?: string; readonly signal?: AbortSignal | undefined },
) => Promise<Answer>

/** One try: an answer, or why there is none and whether another try makes sense. */
type Attempt =
  | { readonly ok: true; readonly answer: unknown }
  | {
      readonly ok: false
      readonly failure: Error
      readonly isRetryable: boolean
      readonly retryAfterMs: number
    }

/** The ledger is away, busy or behind, or a proxy says so of it. */
const retryableStatuses: ReadonlySet<number> = new Set([429, 502, 503, 504])

/**
 * Opens the way to a ledger. Everything that this client asks may be asked twice: reads change
 * nothing, and signals keep their identity. So network errors, time-outs and 503 are tried again,
 * after `Retry-After` or a growing pause with jitter, until the deadline.
 */
export function openTransport({ url, key, patience, fetch: send }: TransportOptions): Ask {
  const base = url.replace(/\/+$/, '')

  const attempt = async (
    method: string,
    path: string,
    body: string | undefined,
    signal: AbortSignal,
  ): Promise<Attempt> => {
    try {
      const response = await send(`${base}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body }),
        signal,
        // A ledger never redirects; whoever does must not be handed the key.
        redirect: 'error',
      })
      return readAnswer(response, await response.text())
    } catch (cause) {
      const failure = new LedgerUnreachable('the ledger did not answer', cause)
      return { ok: false, failure, isRetryable: true, retryAfterMs: 0 }
    }
  }

  return async <Answer>(
    method: string,
    path: string,
    { body, signal }: { readonly body?: string; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Answer> => {
    const deadline = performance.now() + patience.deadlineMs
    let said: LedgerProblem | null = null
    for (let tries = 0; ; tries += 1) {
      signal?.throwIfAborted()
      const leftMs = Math.max(1, deadline - performance.now())
      const timeout = AbortSignal.timeout(Math.ceil(Math.min(patience.attemptTimeoutMs, leftMs)))
      const either = signal === undefined ? timeout : AbortSignal.any([timeout, signal])
      const done = await attempt(method, path, body, either)
      if (done.ok) return done.answer as Answer
      signal?.throwIfAborted()
      const pauseMs = Math.max(done.retryAfterMs, jitteredPauseMs(patience, tries))
      if (done.failure instanceof LedgerProblem) said = done.failure
      // What the ledger said last tells more than that the deadline has cut the last try short.
      const isOver = !done.isRetryable || performance.now() + pauseMs >= deadline
      if (isOver) throw said ?? done.failure
      await pause(pauseMs, signal)
    }
  }
}

function readAnswer(response: Response, text: string): Attempt {
  const { ok, status, headers } = response
  const retryAfterMs = retryAfterOf(headers.get('retry-after'))
  const isRetryable = retryableStatuses.has(status)
  const json = parse(text)
  if (json === null) {
    const failure = new LedgerUnreachable(`answered ${status}, not as a ledger does`, undefined)
    return { ok: false, failure, isRetryable, retryAfterMs }
  }
  if (ok) return { ok: true, answer: json }
  const { title = '', code = '', detail = '', field } = json as Partial<Record<string, string>>
  const failure = new LedgerProblem({ status, title, code, detail, field })
  return { ok: false, failure, isRetryable, retryAfterMs }
}

/** JSON that is an object; null for anything else, such as the page of a proxy. */
function parse(text: string): object | null {
  try {
    const json: unknown = JSON.parse(text)
    return typeof json === 'object' ? json : null
  } catch {
    return null
  }
}

/** `Retry-After` in seconds, as a ledger says it; 0 when it says nothing or a date. */
const retryAfterOf = (header: string | null): number =>
  header !== null && /^\d{1,6}$/.test(header) ? Number(header) * 1_000 : 0

/** Twice as long each time, half of it by chance, so that clients do not march in step. */
function jitteredPauseMs({ pauseMsMin, pauseMsMax }: Patience, tries: number): number {
  const longestMs = Math.min(pauseMsMax, pauseMsMin * 2 ** Math.min(tries, 30))
  const [random = 0] = crypto.getRandomValues(new Uint32Array(1))
  return longestMs * (0.5 + random / 2 ** 33)
}

/** Waits, and no longer than until it is told to stop. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer)
      reject(signal?.reason as Error)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal?.addEventListener('abort', stop, { once: true })
  })
}
