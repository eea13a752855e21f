import type { Group, ParsedSignal } from '@ledger/domain'
import type { RawRequest } from './raw-request.ts'
import type { Source, SourceField } from './source-config.ts'

/** Why a request is not believed. */
export type Disbelief =
  /** It carries no signature at all, or not the credentials of its source. */
  | 'unsigned'
  /** Its signature is not that of its content. */
  | 'forged'
  /** Unsigned by a provider that signs when asked again: it is told to come again. */
  | 'come-again'

/** Whether a request is what its provider sent. */
export type Verdict =
  /** `isStale`: signed by the provider, but so long ago that it may be a recording played back. */
  | {
      readonly isTrue: true
      readonly isStale: boolean
      /** Of a signature that does not cover the content: good for one body and its retries. */
      readonly token?: string
    }
  | { readonly isTrue: false; readonly why: Disbelief }
  /** What must be fetched first, from a host that the provider's file pins; ask again with it. */
  | { readonly needs: string }

/** What verification may look at besides the request. */
export type VerifyContext = {
  readonly source: Source
  /** Seconds since 1970. */
  readonly nowSeconds: number
  /** What was fetched from this URL; undefined when it was not. */
  readonly fetched: (url: string) => string | undefined
}

/** What reading may look at besides the request. */
export type ReadContext = {
  readonly source: Source
  readonly groups: readonly Group[]
  /** From the verdict: opt-ins of a stale request are quarantined. */
  readonly isStale: boolean
  /** The whole text of a message of which this request brings the last part. */
  readonly wholeText?: string | undefined
}

/** One signal of a message, or why what was meant as one is none. */
export type ReadSignal = ParsedSignal & {
  readonly id: string
  readonly action: string
  /** True for what comes again with every message, such as which keys are one person's. */
  readonly isRefrain?: boolean | undefined
}

/** One part of a message that travels in several; parts come in any order. */
export type MessagePart = {
  /** The same for all parts of one message and for no other. */
  readonly message: string
  /** From 1. */
  readonly number: number
  readonly total: number
  readonly text: string
}

/** What a provider wants to hear. */
export type SourceAnswer = {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

/** What a request says. */
export type Reading = {
  readonly signals: readonly ReadSignal[]
  /** Of what needs no signal, short words for the counter; never the sender's own. */
  readonly ignored: readonly string[]
  /** True when an element could not be read: the request is kept for a person to look at. */
  readonly hasUnreadable?: boolean | undefined
  readonly part?: MessagePart | undefined
  /** A URL that must be visited to complete this, such as the confirmation of a subscription. */
  readonly visit?: string | undefined
  /** Instead of the provider's usual answer. */
  readonly answer?: SourceAnswer | undefined
}

/** One provider's format and signature. Both functions are pure and never throw. */
export type Provider = {
  /** As in the path: `/sources/<name>/<source>`. */
  readonly name: string
  readonly methods: readonly ('GET' | 'POST')[]
  /**
   * Whether it signs what it sends. Where it does not, or only when it was asked to and the source
   * holds no secret, the source needs another authentication.
   */
  readonly signing: 'always' | 'optional' | 'never'
  /** The fields of a source that it cannot do without. */
  readonly needs: readonly SourceField[]
  /** The fields that it understands besides. */
  readonly takes: readonly SourceField[]
  readonly verify: (raw: RawRequest, context: VerifyContext) => Verdict
  /** Null when the request cannot be read at all: it is kept for a person to look at. */
  readonly toSignals: (raw: RawRequest, context: ReadContext) => Reading | null
  /** `outcomes`: to a backend of the tenant's own, what became of each signal, as JSON. */
  readonly answer: SourceAnswer | 'outcomes'
}

/** The answer of providers that look at the status only. */
export const plainAnswer: SourceAnswer = { status: 200, contentType: 'text/plain', body: '' }

export const believed: Verdict = { isTrue: true, isStale: false }
export const stale: Verdict = { isTrue: true, isStale: true }
export const unsigned: Verdict = { isTrue: false, why: 'unsigned' }
export const forged: Verdict = { isTrue: false, why: 'forged' }

/** A request that says nothing of consent. */
export const nothingSaid = (why: string): Reading => ({ signals: [], ignored: [why] })
