import { describe, expect, test } from 'vitest'
import type { RawRequest } from '../raw-request.ts'
import {
  groupsOfTests,
  linesOf,
  nowSeconds,
  providerOf,
  requestOf,
  sourceOf,
  verdictOn,
  wordOf,
} from '../testing/given-source.ts'
import { hmac } from '../signature.ts'

const env = { SECRET: 'form-key-of-the-shop', OLD: 'form-key-before' }
const secrets = ['env:SECRET', 'env:OLD']
const offered = ['offers', 'news', 'offers-wa']
const source = sourceOf('web-form', { secrets, groups: offered }, env)

/** A form with two boxes, one of them ticked, as web-email.md section 3 asks for it. */
const form = {
  id: 'sub-81',
  email: 'Ada@Example.com',
  phone: '+1 555 555 0123',
  submittedAt: '2026-11-23T11:59:58Z',
  formUrl: 'https://acme.example/join',
  formVersion: '2026-03',
  disclosure: 'Acme sends up to 4 offers a month. Reply STOP to end.',
  disclosureVersion: '7',
  language: 'en',
  privacyNoticeVersion: '2026-01',
  brandShown: 'Acme',
  button: 'Sign me up',
  ip: '203.0.113.9',
  userAgent: 'Mozilla/5.0',
  session: 's-1',
  captcha: { success: true, score: 0.9 },
  referrer: 'https://search.example/',
  campaign: 'spring',
  boxes: [
    { group: 'offers', initial: false, final: true },
    { group: 'news', initial: false, final: false, disclosure: 'News by e-mail, weekly.' },
  ],
}

const requestFor = (body: unknown): RawRequest =>
  requestOf('web-form', { headers: { 'webhook-id': 'msg_1' }, body: JSON.stringify(body) })
const read = (body: unknown, isStale = false, of = source) =>
  providerOf('web-form').toSignals(requestFor(body), { source: of, groups: groupsOfTests, isStale })
const lines = (more: object = {}) => linesOf(read({ ...form, ...more }))
const at = ' at 2026-11-23T11:59:58.000000Z'
const box = (group: string, initial: boolean, final: boolean) => ({ group, initial, final })

describe('a form', () => {
  test('opts in to what was ticked, with all that shows it', () => {
    const reading = read(form)
    expect(linesOf(reading)).toEqual([`opt-in group:offers +15555550123${at}`])
    const [first] = reading?.signals ?? []
    expect(first?.ok === true && first.signal).toMatchObject({
      source: 'urn:web-form:acme',
      id: 'sub-81:opt-in:offers:phone',
      actor: 'person',
      method: 'web-form',
      clock: 'server',
      evidence: {
        submission: 'sub-81',
        disclosure: form.disclosure,
        disclosureVersion: '7',
        language: 'en',
        privacyNoticeVersion: '2026-01',
        brandShown: 'Acme',
        formUrl: form.formUrl,
        formVersion: '2026-03',
        button: 'Sign me up',
        ip: '203.0.113.9',
        userAgent: 'Mozilla/5.0',
        session: 's-1',
        captcha: { success: true, score: 0.9 },
        referrer: form.referrer,
        campaign: 'spring',
        boxes: [box('offers', false, true), box('news', false, false)],
      },
    })
  })

  test('keeps the words beside each box, where they are its own', () => {
    const boxes = form.boxes.map((each) => ({ ...each, final: true }))
    const kept = read({ ...form, boxes })?.signals.map(
      (each) => each.ok && each.signal.evidence['disclosure'],
    )
    expect(kept).toEqual([form.disclosure, 'News by e-mail, weekly.'])
  })

  test('gives each group the address that it reaches', () => {
    const boxes = offered.map((group) => box(group, false, true))
    expect(lines({ boxes })).toEqual([
      `opt-in group:offers +15555550123${at}`,
      `opt-in group:news ada@example.com${at}`,
      `opt-in group:offers-wa 15555550123${at}`,
    ])
    expect(lines({ boxes, phone: undefined })).toEqual([
      'refused opt-in invalid-signal',
      `opt-in group:news ada@example.com${at}`,
      'refused opt-in invalid-signal',
    ])
  })

  test.each([
    ['a box that was ticked beforehand', { boxes: [box('offers', true, true)] }, 'box-preticked'],
    ['a field that no person sees', { honeypot: 'http://spam.example' }, 'act-automated'],
    ['a failed captcha', { captcha: { success: false } }, 'act-automated'],
  ])('with %s proves no act of a person', (_what, more, doubt) => {
    const [first] = read({ ...form, ...more })?.signals ?? []
    expect(first?.ok === true && first.signal.quarantine).toBe(doubt)
  })

  test('in which a ticked box was cleared is an opt-out, and no box at all says nothing', () => {
    expect(lines({ boxes: [box('offers', true, false)] })).toEqual([
      `opt-out group:offers +15555550123${at}`,
    ])
    expect(lines({ boxes: [box('offers', false, false)] })).toEqual([])
  })

  test('without boxes is one of the groups it names, or else of its source’s', () => {
    const plain = { boxes: undefined, phone: undefined }
    expect(lines({ ...plain, groups: ['news'] })).toEqual([
      `opt-in group:news ada@example.com${at}`,
    ])
    const single = sourceOf('web-form', { secrets, groups: ['news'] }, env)
    expect(linesOf(read({ ...form, ...plain }, false, single))).toEqual([
      `opt-in group:news ada@example.com${at}`,
    ])
  })

  test('opts in to nothing that its source does not offer', () => {
    expect(lines({ boxes: [box('receipts', false, true)] })).toEqual([
      'refused opt-in invalid-signal',
    ])
  })

  test('sent again after a change of its source is the same signal', () => {
    const changed = sourceOf('web-form', { secrets, brand: 'other', groups: ['offers'] }, env)
    const ids = [source, changed].map((of) => read(form, false, of)?.signals.map(({ id }) => id))
    expect(ids[0]).toEqual(ids[1])
  })

  test('that is stale may opt out and may not opt in', () => {
    const [first] = read(form, true)?.signals ?? []
    expect(first?.ok === true && first.signal.quarantine).toBe('stale-signature')
  })
})

describe('a form to leave', () => {
  const leave = { action: 'opt-out', boxes: undefined }

  test('is an opt-out of the groups it names', () => {
    expect(lines({ ...leave, groups: ['news'] })).toEqual([
      `opt-out group:news ada@example.com${at}`,
    ])
  })

  test('that names none is one of the brand, by each address', () => {
    expect(lines(leave)).toEqual([
      `opt-out brand:acme/email ada@example.com${at}`,
      `opt-out brand:acme/carrier-messaging +15555550123${at}`,
    ])
  })

  test.each([
    ['its groups', { groups: 'news' }],
    ['its evidence', { formUrl: 5, captcha: 'ok', ip: { v4: 1 } }],
    ['its time', { submittedAt: 17 }],
  ])('counts although %s cannot be read', (_what, broken) => {
    const [first, second] = lines({ ...leave, ...broken })
    expect(first).toMatch(/^opt-out brand:acme\/email ada@example\.com/)
    expect(second).toMatch(/^opt-out brand:acme\/carrier-messaging \+15555550123/)
  })
})

test.each([
  ['nothing', {}],
  ['no address', { ...form, email: undefined, phone: undefined }],
  ['a box without its states', { ...form, boxes: [{ group: 'offers' }] }],
  ['an action of its own', { ...form, action: 'subscribe' }],
])('a form with %s is unreadable', (_what, body) => {
  expect(read(body)).toBeNull()
})

describe('a form is believed', () => {
  const body = JSON.stringify(form)
  const verdict = (headers: Readonly<Record<string, string>>, sent = body) =>
    wordOf(verdictOn(source, requestOf('web-form', { headers, body: sent })))
  const macOf = (secret: string, text: string) => hmac('sha256', secret, text).toString('base64')
  const signedBy = (secret: string, seconds = nowSeconds) => ({
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(seconds),
    'webhook-signature': `v1,${macOf(secret, `msg_1.${seconds}.${body}`)}`,
  })

  test('for its signature, by the new secret or the old', () => {
    expect(verdict(signedBy(env.SECRET))).toBe('believed')
    expect(verdict(signedBy(env.OLD))).toBe('believed')
    expect(verdict(signedBy('guessed'))).toBe('forged')
    expect(verdict(signedBy(env.SECRET), body.replace('offers', 'news'))).toBe('forged')
    expect(verdict(signedBy(env.SECRET, nowSeconds - 3_600))).toBe('stale')
  })

  test('or for its key', () => {
    expect(verdict({ authorization: `Bearer ${env.OLD}` })).toBe('believed')
    expect(verdict({ authorization: 'Bearer guessed' })).toBe('forged')
    expect(verdict({ authorization: env.SECRET })).toBe('forged')
    expect(verdict({})).toBe('unsigned')
    // A wrong signature is not mended by a key.
    expect(verdict({ ...signedBy('guessed'), authorization: `Bearer ${env.SECRET}` })).toBe(
      'forged',
    )
  })
})
