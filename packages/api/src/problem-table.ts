import type { ProblemCode } from '@ledger/domain'
import { problemCodes } from '@ledger/domain'
import type { OutageCode } from '@ledger/ledger'
import { outageCodes } from '@ledger/ledger'

/** One way to fail. */
export type Failure = {
  /** The status of the answer; null for a code that is only ever said of an item in its place. */
  readonly status: number | null
  readonly title: string
  readonly meaning: string
  /** How soon another try makes sense, in seconds; sent as Retry-After. */
  readonly retryAfterSeconds?: number
}

const ofRequests = {
  'malformed-json': {
    status: 400,
    title: 'Malformed JSON',
    meaning: 'The body is not JSON in UTF-8. Nothing was read.',
  },
  'invalid-request': {
    status: 400,
    title: 'Invalid request',
    meaning: 'A field of the body, the path or the query is missing or wrong; `field` names it.',
  },
  'foreign-position': {
    status: 400,
    title: 'Position of another log',
    meaning: 'A position or cursor names another log than this ledger’s; it means nothing here.',
  },
  'malformed-http': {
    status: 400,
    title: 'Malformed HTTP',
    meaning: 'The request could not be read as HTTP, or ended before its body did.',
  },
  'no-key': {
    status: 401,
    title: 'No valid key',
    meaning:
      'There is no `Authorization: Bearer <key>`, or the key is unknown, expired or revoked.',
  },
  'unsigned-message': {
    status: 401,
    title: 'Unsigned message',
    meaning: 'The message lacks its provider’s signature or the credentials of its source.',
  },
  'forged-message': {
    status: 403,
    title: 'Forged message',
    meaning: 'The signature is not one that the provider makes of this message.',
  },
  'wrong-scope': {
    status: 403,
    title: 'Wrong scope',
    meaning: 'The key is valid, but may not open this door.',
  },
  'not-found': { status: 404, title: 'Not found', meaning: 'There is no such door.' },
  'unknown-subject': {
    status: 404,
    title: 'Unknown subject',
    meaning: 'Nothing was ever recorded about this subject.',
  },
  'unknown-review': {
    status: 404,
    title: 'Unknown review',
    meaning: 'There is no review with this id.',
  },
  'unknown-parked-event': {
    status: 404,
    title: 'Unknown parked event',
    meaning: 'No event is parked at this position.',
  },
  'unknown-key': { status: 404, title: 'Unknown key', meaning: 'There is no key with this id.' },
  'unknown-body': {
    status: 404,
    title: 'Unknown body',
    meaning: 'Nothing is kept under this review, or its source is set up no more.',
  },
  'unknown-source': {
    status: 404,
    title: 'Unknown source',
    meaning: 'No source of this name is set up.',
  },
  'request-timeout': {
    status: 408,
    title: 'Request timeout',
    meaning: 'The request was not sent in time.',
  },
  'fixed-field': {
    status: 409,
    title: 'Fixed field',
    meaning: 'Channel, brand and purpose of a group never change; `field` names what would.',
  },
  'wrong-method': {
    status: 405,
    title: 'Wrong method',
    meaning: 'This provider does not send requests with this method.',
  },
  'key-ended': {
    status: 409,
    title: 'Key ended',
    meaning: 'The key is revoked or has run out; make a new one.',
  },
  'review-decided': {
    status: 409,
    title: 'Review decided',
    meaning: 'It was decided before, and that has acted. A correction takes out what it recorded.',
  },
  'rebuild-running': {
    status: 409,
    title: 'Rebuild running',
    meaning: 'A rebuild is running already; wait for it or cancel it.',
  },
  'body-too-large': {
    status: 413,
    title: 'Body too large',
    meaning:
      'The body is larger than this door reads: signals and files 8 MiB, webhooks 4, others 1.',
  },
  'too-many-items': {
    status: 413,
    title: 'Too many items',
    meaning: 'A request holds at most 1,000 signals or addresses, a file at most 10,000 rows.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'Unsupported media type',
    meaning: 'This door does not read bodies of this content type or content encoding.',
  },
  'headers-too-large': {
    status: 431,
    title: 'Headers too large',
    meaning: 'The headers of the request are larger than 16 KiB.',
  },
  internal: {
    status: 500,
    title: 'Internal error',
    meaning:
      'Something is broken here. Nothing was acknowledged; the log of the process says more.',
  },
  'signature-needed': {
    status: 503,
    title: 'Signature needed',
    meaning: 'The provider sent this unsigned and signs it when it sends it again.',
    retryAfterSeconds: 1,
  },
  'source-out-of-reach': {
    status: 503,
    title: 'Source out of reach',
    meaning: 'What the provider’s signature is checked with could not be fetched.',
    retryAfterSeconds: 5,
  },
  'source-not-allowed': {
    status: null,
    title: 'Source not allowed',
    meaning: 'The key is bound to other sources than the one this signal names.',
  },
} as const satisfies Readonly<Record<string, Failure>>

/** How soon each outage may be over. */
const retryAfterSeconds: Readonly<Record<OutageCode, number>> = {
  overloaded: 1,
  unavailable: 5,
  contention: 1,
  'not-yet-visible': 1,
  'write-stopped': 30,
}

/** `not-yet-visible` as a title: `Not yet visible`. */
const titleOf = (code: string): string => {
  const words = code.replaceAll('-', ' ')
  return words.slice(0, 1).toUpperCase() + words.slice(1)
}

const ofItems = Object.fromEntries(
  Object.entries(problemCodes).map(([code, meaning]): [string, Failure] => {
    // What is asked about one group has no other answer than that there is none.
    const status = code === 'unknown-group' ? 404 : null
    return [code, { status, title: titleOf(code), meaning }]
  }),
) as Readonly<Record<ProblemCode, Failure>>

const ofOutages = Object.fromEntries(
  Object.entries(outageCodes).map(([code, meaning]): [string, Failure] => {
    const retryAfter = retryAfterSeconds[code as OutageCode]
    return [code, { status: 503, title: titleOf(code), meaning, retryAfterSeconds: retryAfter }]
  }),
) as Readonly<Record<OutageCode, Failure>>

export type FailureCode = keyof typeof ofRequests | ProblemCode | OutageCode

/** The one table of failures: what each code means, and with which status it is answered. */
export const problemTable: Readonly<Record<FailureCode, Failure>> = {
  ...ofRequests,
  ...ofItems,
  ...ofOutages,
}

/** What the framework calls a failure, in our words. */
export const frameworkFailures: ReadonlyMap<string, FailureCode> = new Map([
  ['FST_ERR_CTP_BODY_TOO_LARGE', 'body-too-large'],
  ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 'unsupported-media-type'],
  ['FST_ERR_CTP_INVALID_TYPE', 'unsupported-media-type'],
  ['FST_ERR_CTP_EMPTY_TYPE', 'unsupported-media-type'],
  ['FST_ERR_CTP_INVALID_CONTENT_LENGTH', 'malformed-http'],
  ['FST_ERR_BAD_URL', 'invalid-request'],
  ['FST_ERR_MAX_PARAM_LENGTH', 'not-found'],
  ['FST_ERR_NOT_FOUND', 'not-found'],
  // What Node says of a request it cannot read.
  ['HPE_HEADER_OVERFLOW', 'headers-too-large'],
  ['ERR_HTTP_REQUEST_TIMEOUT', 'request-timeout'],
])
