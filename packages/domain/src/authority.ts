import * as z from 'zod'

/**
 * On whose word: the person's own act, a producer's or a member of staff's say-so, or an import.
 */
export const authoritySchema = z.enum(['person', 'producer', 'import'])
export type Authority = z.infer<typeof authoritySchema>
export const authorities: readonly Authority[] = authoritySchema.options

const rank: Readonly<Record<Authority, number>> = { person: 2, producer: 1, import: 0 }

/** The authorities at least as strong as this one. */
export const atLeastAsStrong: Readonly<Record<Authority, readonly Authority[]>> = {
  person: authorities.filter((other) => rank[other] >= rank.person),
  producer: authorities.filter((other) => rank[other] >= rank.producer),
  import: authorities,
}

export const actorSchema = z.enum(['person', 'provider', 'staff', 'system', 'import'])
export type Actor = z.infer<typeof actorSchema>

export type Evidence = Readonly<Record<string, unknown>>

/** Each alternative of one requirement; one key of each requirement must be there. */
type Requirement = readonly string[]

const disclosure: Requirement = ['disclosure', 'disclosureId']
const inPerson: readonly Requirement[] = [disclosure, ['storeId'], ['signatureRef', 'formRef']]
const messageId: readonly Requirement[] = [['messageId']]

/**
 * What a person's own opt-in must bring, by method. A method not listed proves no act of the
 * person.
 */
const evidenceOfThePerson: ReadonlyMap<string, readonly Requirement[]> = new Map([
  ['web-form', [disclosure, ['formUrl']]],
  ['sms-keyword', messageId],
  ['chat-keyword', messageId],
  ['chat-button', messageId],
  ['double-opt-in', [['tokenId']]],
  ['paper-form', inPerson],
  ['tablet', inPerson],
])

/** A person's act that was not proven is quarantined, with what was missing. */
export type OptInAuthority =
  | { readonly authority: Authority }
  | { readonly authority: null; readonly missing: readonly string[] }

/** True for a piece of evidence that says something. */
export const isPresent = (value: unknown): boolean =>
  typeof value === 'string'
    ? value.trim() !== ''
    : value !== undefined && value !== null && value !== false

function missingOf(requirements: readonly Requirement[], evidence: Evidence): readonly string[] {
  return requirements
    .filter((alternatives) => !alternatives.some((key) => isPresent(evidence[key])))
    .map((alternatives) => alternatives.join(' or '))
}

/**
 * The authority of an opt-in, from actor, method and evidence (design section 4; precedence P24:
 * the bar for an opt-in is high).
 */
export function optInAuthority(actor: Actor, method: string, evidence: Evidence): OptInAuthority {
  if (actor === 'import') return { authority: 'import' }
  if (actor === 'provider') {
    const isIdentified = isPresent(evidence['messageId']) || isPresent(evidence['providerEventId'])
    return { authority: method === 'provider-signal' && isIdentified ? 'person' : 'producer' }
  }
  const requirements = actor === 'person' ? evidenceOfThePerson.get(method) : undefined
  if (requirements === undefined) return { authority: 'producer' }
  const missing = missingOf(requirements, evidence)
  return missing.length === 0 ? { authority: 'person' } : { authority: null, missing }
}

/**
 * The authority of an opt-out: from the actor alone, and it needs no evidence (P24: the bar is
 * low).
 */
export function optOutAuthority(actor: Actor): Authority {
  if (actor === 'import') return 'import'
  return actor === 'person' || actor === 'provider' ? 'person' : 'producer'
}
