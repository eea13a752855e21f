import pino from 'pino'
import type { DestinationStream } from 'pino'

export type Logger = pino.Logger

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

export type LoggerOptions = {
  readonly level?: LogLevel
  /** A stream, for tests. Default: standard error, so that standard output stays the answer. */
  readonly to?: 'stdout' | 'stderr' | DestinationStream
  /** Fields of every line, such as the process. */
  readonly base?: Readonly<Record<string, string | number>>
}

/** Fields that may hold a person or a secret: whoever logs one by mistake logs nothing. */
const neverLogged = [
  'authorization',
  'headers',
  'cookie',
  'body',
  'payload',
  'query',
  'url',
  'address',
  'addresses',
  'externalId',
  'evidence',
  'secret',
  'key',
  'password',
  'token',
]
const depths = ['', '*.', '*.*.']

type LoggedError = {
  readonly type: string
  readonly code?: unknown
  readonly message: string
  readonly stack?: string | undefined
  readonly cause?: LoggedError
}

const causesMax = 3

/** An error without its own fields: those of a validation or a driver may hold what was sent. */
export function loggedError(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: 'something else was thrown' }
  const { name, message, stack, cause } = error
  return {
    type: name,
    ...('code' in error && { code: error.code }),
    message,
    stack,
    ...(cause !== undefined && depth < causesMax && { cause: loggedError(cause, depth + 1) }),
  }
}

/** The log of one process: lines of JSON, times in UTC, never a body, a query or a header. */
export function createLogger(options: LoggerOptions = {}): Logger {
  const { level = 'info', to = 'stderr', base = {} } = options
  // Written at once: log lines are few, and the last ones before an exit are the ones that matter.
  const stream =
    typeof to === 'string' ? pino.destination({ dest: to === 'stdout' ? 1 : 2, sync: true }) : to
  return pino(
    {
      level,
      base,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: depths.flatMap((prefix) => neverLogged.map((field) => `${prefix}${field}`)),
        remove: true,
      },
      serializers: { err: (error: unknown) => loggedError(error) },
    },
    stream,
  )
}
