import type { Provider, ReadContext, Reading, Verdict, VerifyContext } from '../provider.ts'
import { plainAnswer } from '../provider.ts'
import type { RawRequest } from '../raw-request.ts'
import { isVonageMessage, readVonageMessage, verifyVonageMessage } from './vonage-messages.ts'
import { readVonageSms, verifyVonageSms } from './vonage-sms.ts'

/**
 * Vonage: the SMS API, which signs its parameters if support has switched that on, and the Messages
 * API, which signs by a token. One door takes both. Facts: sms.md section 3.
 */
export const vonage: Provider = {
  name: 'vonage',
  methods: ['POST', 'GET'],
  signing: 'optional',
  needs: [],
  takes: ['secrets', 'signatureMethod'],
  verify: (raw: RawRequest, context: VerifyContext): Verdict =>
    isVonageMessage(raw) ? verifyVonageMessage(raw, context) : verifyVonageSms(raw, context),
  toSignals: (raw: RawRequest, context: ReadContext): Reading | null =>
    isVonageMessage(raw) ? readVonageMessage(raw, context) : readVonageSms(raw, context),
  answer: plainAnswer,
}
