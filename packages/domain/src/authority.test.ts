import { describe, expect, it } from 'vitest'
import type { Actor, Authority } from './authority.ts'
import { actorSchema, atLeastAsStrong, optInAuthority, optOutAuthority } from './authority.ts'

const web = { disclosure: 'Yes, text me.', formUrl: 'https://acme.example/join' }
const message = { messageId: 'SM1' }
const form = { disclosureId: 'd-1', storeId: 'store-22', formRef: 'scan-1' }
const { disclosureId: _, ...formWithoutText } = form

type Row = readonly [
  Actor,
  string,
  Readonly<Record<string, unknown>>,
  Authority | readonly string[],
]

/** The table of design section 4, row by row; a list names what is missing, and quarantines. */
const rows: readonly Row[] = [
  ['person', 'web-form', web, 'person'],
  ['person', 'web-form', { disclosureId: 'd-1', formUrl: web.formUrl }, 'person'],
  ['person', 'web-form', { formUrl: web.formUrl }, ['disclosure or disclosureId']],
  ['person', 'web-form', { disclosure: web.disclosure }, ['formUrl']],
  ['person', 'web-form', {}, ['disclosure or disclosureId', 'formUrl']],
  ['person', 'sms-keyword', message, 'person'],
  ['person', 'sms-keyword', {}, ['messageId']],
  ['person', 'chat-keyword', message, 'person'],
  ['person', 'chat-keyword', web, ['messageId']],
  ['person', 'chat-button', message, 'person'],
  ['person', 'chat-button', {}, ['messageId']],
  ['person', 'double-opt-in', { tokenId: 't-1' }, 'person'],
  ['person', 'double-opt-in', message, ['tokenId']],
  ['person', 'paper-form', form, 'person'],
  ['person', 'paper-form', { ...form, formRef: null, signatureRef: 's-1' }, 'person'],
  ['person', 'paper-form', formWithoutText, ['disclosure or disclosureId']],
  ['person', 'paper-form', { ...form, storeId: '' }, ['storeId']],
  ['person', 'tablet', form, 'person'],
  ['person', 'tablet', { ...form, formRef: false }, ['signatureRef or formRef']],
  ['provider', 'provider-signal', message, 'person'],
  ['provider', 'provider-signal', { providerEventId: 'ev-1' }, 'person'],
  ['provider', 'provider-signal', {}, 'producer'],
  ['provider', 'sms-keyword', message, 'producer'],
  ['person', 'api', web, 'producer'],
  ['person', 'verbal', form, 'producer'],
  ['person', 'anything-else', {}, 'producer'],
  ['staff', 'web-form', web, 'producer'],
  ['staff', 'tablet', form, 'producer'],
  ['system', 'double-opt-in', { tokenId: 't-1' }, 'producer'],
  ['system', 'api', {}, 'producer'],
  ['import', 'csv', {}, 'import'],
  ['import', 'web-form', web, 'import'],
]

describe('the authority of an opt-in', () => {
  it.each(rows)('%s by %s with %j is %j', (actor, method, evidence, expected) => {
    const found = optInAuthority(actor, method, evidence)
    expect(found.authority ?? found.missing).toEqual(expected)
  })

  it('takes blank evidence for none', () => {
    const found = optInAuthority('person', 'web-form', { disclosure: '  ', formUrl: '\t' })
    expect(found.authority).toBeNull()
  })
})

describe('the authority of an opt-out', () => {
  it.each<[Actor, Authority]>([
    ['person', 'person'],
    ['provider', 'person'],
    ['staff', 'producer'],
    ['system', 'producer'],
    ['import', 'import'],
  ])('of a %s is %s, whatever the evidence', (actor, authority) => {
    expect(optOutAuthority(actor)).toBe(authority)
  })

  it('is given to every actor', () => {
    expect(actorSchema.options.map(optOutAuthority)).toHaveLength(5)
  })
})

describe('the order of authorities', () => {
  it('lets only the person lift what the person said, and anybody what an import said', () => {
    expect(atLeastAsStrong).toEqual({
      person: ['person'],
      producer: ['person', 'producer'],
      import: ['person', 'producer', 'import'],
    })
  })
})
