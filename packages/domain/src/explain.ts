import type { Contribution } from './contribution.ts'
import { contributionOf, isGrantOfAnAddress } from './contribution.ts'
import type { SubjectEvent } from './events.ts'
import type { Verdict } from './explain-stamp.ts'
import { explainStamp } from './explain-stamp.ts'
import type { Group } from './group.ts'
import type { EventId } from './identifiers.ts'
import type { Micros } from './instant.ts'
import type { RuleId } from './policy.ts'
import type { Registers } from './register.ts'
import { isLater } from './stamp.ts'
import type { SubjectRecord } from './subject-record.ts'
import { foldEvents, isVoid, linkKey } from './subject-record.ts'

/** Why one event counts or not, in one sentence that holds no personal data. */
export type Explanation = {
  readonly eventId: EventId
  /**
   * False when it has no force now: without it no permission would be other. Only what has run out
   * still does one thing, it replaces what was said before it.
   */
  readonly counts: boolean
  readonly why: string
  readonly ruleId: RuleId
  /** The event on whose account it does not count, or counts in part. */
  readonly because?: EventId
}

/**
 * Explains each event of one subject's stream, in the order given. `groups` are those defined, so
 * that a wide scope can be told from the groups within it; `at` decides what has run out.
 * @param shared the registers that decide about the subject, with what its links share; its own
 *   when it has none
 */
export function explain(
  events: readonly SubjectEvent[],
  groups: readonly Group[],
  at: Micros,
  shared?: Registers,
): readonly Explanation[] {
  const record = foldEvents('any', events)
  const registers = shared ?? record.registers
  const corrections = events.filter((event) => event.type === 'Corrected')
  return events.map((event) => {
    const verdict = isVoid(record.voids, event)
      ? voided(event, corrections)
      : verdictOf(event, { ...record, registers }, groups, at)
    const ownRule = event.type === 'SubjectErased' ? 'P23' : event.data.ruleId
    return { eventId: event.id, ruleId: ownRule, ...verdict }
  })
}

type Correction = Extract<SubjectEvent, { type: 'Corrected' }>

function voided(event: SubjectEvent, corrections: readonly Correction[]): Verdict {
  const by = corrections.find((correction) => isVoid(correction.data.voids, event))
  const because = by === undefined ? {} : { because: by.id }
  if (event.type === 'Corrected') {
    const why = 'Corrected itself: its replacement is void, but what it voided stays void.'
    return { counts: true, why, ruleId: 'P26', ...because }
  }
  return { counts: false, why: 'Taken out by a correction.', ruleId: 'P26', ...because }
}

function verdictOf(
  event: SubjectEvent,
  record: SubjectRecord,
  groups: readonly Group[],
  at: Micros,
): Verdict {
  switch (event.type) {
    case 'OptInQuarantined':
      return quarantined(event)
    case 'SubjectErased':
      return { counts: true, why: 'The subject was erased and its key destroyed.' }
    case 'Corrected': {
      const replaces = event.data.replacement === undefined ? '' : ' and puts another in its place'
      return { counts: true, why: `Takes ${event.data.voids.length} recorded out${replaces}.` }
    }
    default: {
      if (isGrantOfAnAddress(event)) {
        const because = 'copyOf' in event.data ? event.data.copyOf : undefined
        const why = 'A copy: the grant belongs to the address it was given for.'
        return { counts: false, why, ...(because !== undefined && { because }) }
      }
      const contribution = contributionOf(event)
      if (contribution === null) return { counts: false, why: 'It says nothing of consent.' }
      return contribution.to === 'register'
        ? explainStamp(contribution, record.registers, groups, at)
        : explainLink(event, contribution, record)
    }
  }
}

const quarantineReasons = {
  'evidence-missing': 'Quarantined: an opt-in of a person came without its evidence',
  'nothing-pending': 'Quarantined: a YES found nothing to confirm',
  'stale-signature': 'Quarantined: its provider signed it long ago',
  'box-preticked': 'Quarantined: the box was ticked before the person saw it',
  'act-automated': 'Quarantined: a machine filled in the form',
  'correction-unproven': 'Quarantined: a correction towards opted-in came without its evidence',
} as const

function quarantined({ data }: Extract<SubjectEvent, { type: 'OptInQuarantined' }>): Verdict {
  const missing = data.missing ?? []
  const detail = missing.length === 0 ? '' : ` (missing: ${missing.join(', ')})`
  return { counts: false, why: `${quarantineReasons[data.reason]}${detail}.` }
}

function explainLink(
  event: SubjectEvent,
  { side, stamp }: Extract<Contribution, { to: 'link' }>,
  record: SubjectRecord,
): Verdict {
  const isLink = event.type === 'AddressLinked' || event.type === 'AddressUnlinked'
  const link = isLink ? record.links[linkKey(event.data)] : undefined
  const current = link?.[side]
  if (current !== undefined && current.eventId !== stamp.eventId) {
    return { counts: false, why: `It was ${side} again later.`, because: current.eventId }
  }
  const against = side === 'linked' ? link?.unlinked : link?.linked
  // A tie of the two is a link: a link shares opt-outs, and doubts fall to these.
  const isBeaten =
    against !== undefined &&
    (side === 'linked' ? isLater(against, stamp) : !isLater(stamp, against))
  if (isBeaten) {
    const why = side === 'linked' ? 'It was unlinked later.' : 'It was linked again later.'
    return { counts: false, why, because: against.eventId }
  }
  return { counts: true, why: side === 'linked' ? 'The link lives.' : 'The link is cut.' }
}
