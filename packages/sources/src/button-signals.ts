import { readButton, readText } from './keywords/read-text.ts'
import type { ReadContext, Reading } from './provider.ts'
import { nothingSaid } from './provider.ts'
import type { InboundText } from './text-signals.ts'
import { actSignals } from './text-signals.ts'

/**
 * What a pressed button becomes: what the source says of its payload. One that it says nothing of
 * never subscribes, but an opt-out is heard all the same: a payload that is an opt-out word, or a
 * label that somebody sent as its own payload and that sounds like one.
 */
export function buttonSignals(
  inbound: Omit<InboundText, 'text' | 'method'>,
  payload: string,
  label: string | undefined,
  context: ReadContext,
): Reading {
  const pressed: InboundText = { ...inbound, text: payload, method: 'chat-button' }
  const configured = readButton(payload, context.source.buttons)
  if (configured.meaning === 'command') return actSignals(pressed, configured, context)
  const read = readText(payload, context.source.keywordTable)
  const isOptOut = read.meaning === 'opt-out'
  const isSuspect = read.meaning === 'suspected' && payload === label
  return isOptOut || isSuspect ? actSignals(pressed, read, context) : nothingSaid('button')
}
