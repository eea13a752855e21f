import { describe, expect, test } from 'vitest'
import type { RawRequest } from '../raw-request.ts'
import {
  doorOf,
  linesOf,
  readingOf,
  requestOf,
  sourceOf,
  verdictOn,
  wordOf,
} from '../testing/given-source.ts'
import { signatureCases } from '../testing/signature-cases.ts'
import type { Part } from '../testing/whatsapp-payloads.ts'
import {
  at,
  change,
  lines,
  message,
  optOuts,
  own,
  phone,
  post,
  read,
  signed,
  source,
  text,
  env,
  wide,
} from '../testing/whatsapp-payloads.ts'

signatureCases({
  source,
  coversUrl: false,
  ageSecondsMax: null,
  carriers: ['x-hub-signature-256'],
  sign: ({ secret }) => signed(post(change({ messages: [text('Stop')] })), secret),
})

describe('the signature', () => {
  // https://docs.github.com/webhooks: the published example of this header, which others use too.
  test('of the published example is good', () => {
    const given = sourceOf(
      'whatsapp',
      { secrets: ['env:PUBLISHED'], verifyToken: 'env:PUBLISHED' },
      { PUBLISHED: "It's a Secret to Everybody" },
    )
    const signature = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17'
    const headers = { 'x-hub-signature-256': signature }
    const raw = requestOf('whatsapp', { headers, body: 'Hello, World!' })
    expect(wordOf(verdictOn(given, raw))).toBe('believed')
  })

  test('covers the letters as they were escaped, not as they are read', () => {
    const raw = signed(post(change({ messages: [text('ARRÊT')] })))
    expect(raw.body.toString()).toContain('ARR\\u00caT')
    expect(wordOf(verdictOn(source, raw))).toBe('believed')
    const rewritten = Buffer.from(JSON.stringify(JSON.parse(raw.body.toString())))
    expect(wordOf(verdictOn(source, { ...raw, body: rewritten }))).toBe('forged')
    expect(linesOf(readingOf(source, raw))).toEqual(optOuts(phone))
  })

  test('of the old form alone is none', () => {
    const raw = requestOf('whatsapp', { headers: { 'x-hub-signature': 'sha1=aa' }, body: '{}' })
    expect(wordOf(verdictOn(source, raw))).toBe('unsigned')
  })
})

describe('a GET', () => {
  const get = (query: Readonly<Record<string, string>>): RawRequest =>
    requestOf('whatsapp', {
      method: 'GET',
      url: `${doorOf('whatsapp')}?${new URLSearchParams(query).toString()}`,
    })
  const good = {
    'hub.mode': 'subscribe',
    'hub.challenge': '1158201444',
    'hub.verify_token': env.VERIFY,
  }

  test('with the agreed token is answered with its challenge', () => {
    expect(wordOf(verdictOn(source, get(good)))).toBe('believed')
    expect(readingOf(source, get(good))).toMatchObject({
      signals: [],
      answer: { status: 200, contentType: 'text/plain', body: '1158201444' },
    })
  })

  test.each([
    ['another token', { ...good, 'hub.verify_token': 'guessed' }],
    ['no token', { 'hub.mode': 'subscribe', 'hub.challenge': '1' }],
    ['another mode', { ...good, 'hub.mode': 'unsubscribe' }],
  ])('with %s is refused', (_what, query) => {
    expect(wordOf(verdictOn(source, get(query)))).toBe('forged')
  })

  test('with a page for a challenge is not answered with it', () => {
    const reading = readingOf(source, get({ ...good, 'hub.challenge': '<script>' }))
    expect(reading?.answer?.body).toBe('')
  })
})

describe('a message', () => {
  test('of STOP is an opt-out of the brand and of each group of the number', () => {
    expect(lines(text('Stop'))).toEqual(optOuts(phone))
    const [first] = read(post(change({ messages: [text('Stop')] })))?.signals ?? []
    expect(first?.ok === true && first.signal).toMatchObject({
      source: 'urn:whatsapp:1029384756',
      id: 'wamid.EXAMPLE1:opt-out',
      addresses: [{ kind: 'whatsapp-user', value: phone }],
      actor: 'person',
      method: 'chat-keyword',
      clock: 'provider',
      evidence: { messageId: 'wamid.EXAMPLE1', text: 'Stop', keywordRule: 'opt-out/fcc/stop' },
    })
  })

  test.each([
    ['START', [`opt-in ${wide} ${phone} ${at}`, `opt-in ${own} ${phone} ${at}`]],
    ['yes', [`affirmative ${own} ${phone} ${at}`]],
    ['please stop texting me', [`intent-suspected ${wide} ${phone} ${at}`]],
    ['see you at five', []],
    ['HELP', []],
  ])('of %s', (body, expected) => {
    expect(lines(text(body))).toEqual(expected)
  })

  test('that was forwarded holds somebody else’s words', () => {
    expect(lines(text('Stop', { context: { forwarded: true } }))).toEqual([])
    expect(lines(text('Stop', { context: { frequently_forwarded: true } }))).toEqual([])
  })

  test('to a group of people says nothing for one of them', () => {
    expect(lines(text('Stop', { group_id: 'G1' }))).toEqual([])
  })

  test.each([
    ['of a picture', { type: 'image', image: { id: '1', mime_type: 'image/png' } }, []],
    ['with a caption', { type: 'image', image: { id: '1', caption: 'stop' } }, optOuts(phone)],
    ['of a thumb', { type: 'reaction', reaction: { message_id: 'wamid.1', emoji: '👍' } }, []],
    ['of a type of the future', { type: 'hologram', hologram: { body: 'stop' } }, []],
    ['that is unsupported', { type: 'unsupported', errors: [{ code: 131051 }] }, []],
  ])('%s', (_what, part, expected) => {
    expect(lines(message(part))).toEqual(expected)
  })

  test('without a time counts from its recording, and an opt-in from a week before', () => {
    const reading = read(post(change({ messages: [text('start', { timestamp: 'soon' })] })))
    const [first] = reading?.signals ?? []
    expect(first?.ok === true && first.signal).toMatchObject({
      clock: 'server',
      claimedAt: undefined,
      deliveryDelayMicrosMax: 604_800_000_000,
    })
  })

  test('without an id is found again by what it says', () => {
    const ids = [text('stop', { id: undefined }), text('stop', { id: undefined })].map(
      (each) => read(post(change({ messages: [each] })))?.signals[0]?.id,
    )
    expect(ids[0]).toMatch(/^sha256:[0-9a-f]{64}:opt-out$/)
    expect(ids[1]).toBe(ids[0])
  })
})

describe('a button', () => {
  const template = (payload: string, label: string): Part =>
    message({ type: 'button', button: { payload, text: label }, context: { id: 'wamid.SENT' } })
  const reply = (kind: string, id: string, title: string): Part =>
    message({ type: 'interactive', interactive: { type: kind, [kind]: { id, title } } })

  test('of a template counts by its payload, and tells what it answers', () => {
    expect(lines(template('JOIN_OFFERS', 'Ja, gerne'))).toEqual([`opt-in ${own} ${phone} ${at}`])
    const reading = read(post(change({ messages: [template('JOIN_OFFERS', 'Ja, gerne')] })))
    const [first] = reading?.signals ?? []
    expect(first?.ok === true && first.signal).toMatchObject({
      method: 'chat-button',
      evidence: { messageId: 'wamid.EXAMPLE1', answers: 'wamid.SENT', text: 'JOIN_OFFERS' },
    })
  })

  test('of a reply or of a list counts by its id', () => {
    expect(lines(reply('button_reply', 'LEAVE', 'No more'))).toEqual(optOuts(phone))
    expect(lines(reply('list_reply', 'JOIN_OFFERS', 'Offers'))).toEqual([
      `opt-in ${own} ${phone} ${at}`,
    ])
  })

  test('never subscribes by what stands on it', () => {
    expect(lines(reply('button_reply', 'b-1', 'START'))).toEqual([])
    expect(lines(reply('button_reply', 'START', 'START'))).toEqual([])
    expect(lines(template('YES', 'Yes'))).toEqual([])
  })

  test('that nobody configured is heard when it means or sounds like an opt-out', () => {
    expect(lines(template('STOP', 'Keine Werbung'))).toEqual(optOuts(phone))
    expect(lines(template('Stop promotions', 'Stop promotions'))).toEqual([
      `intent-suspected ${wide} ${phone} ${at}`,
    ])
    expect(lines(reply('button_reply', 'cancel_order_77', 'Cancel my order'))).toEqual([])
  })
})

describe('a form of a Flow', () => {
  const flow = (response: unknown): Part =>
    message({
      type: 'interactive',
      interactive: {
        type: 'nfm_reply',
        nfm_reply: {
          name: 'flow',
          body: 'Sent',
          response_json: typeof response === 'string' ? response : JSON.stringify(response),
        },
      },
    })
  const joined = `opt-in ${own} ${phone} ${at}`

  test.each([
    ['with the box ticked', { flow_token: 't-1', marketing_ok: true }, [joined]],
    ['with the choice made', { flow_token: 't-1', topics: ['news', 'offers'] }, [joined]],
    ['with the box left empty', { flow_token: 't-1', marketing_ok: false }, []],
    ['with a text where a tick is meant', { marketing_ok: 'true' }, []],
    ['with other fields', { flow_token: 't-1', JOIN: true, name: 'START' }, []],
    ['that is no object', '["marketing_ok"]', []],
    ['that is no JSON', '{marketing_ok', []],
  ])('%s', (_how, response, expected) => {
    expect(lines(flow(response))).toEqual(expected)
  })

  test('keeps its token and has an id for each thing it says', () => {
    const messages = [flow({ flow_token: 't-1', marketing_ok: true, topics: 'offers' })]
    const signals = read(post(change({ messages })))?.signals ?? []
    expect(signals.map(({ id }) => id)).toEqual([
      'wamid.EXAMPLE1:opt-in:offers-wa:marketing_ok',
      'wamid.EXAMPLE1:opt-in:offers-wa:topics=offers',
    ])
    const [first] = signals
    expect(first?.ok === true && first.signal.evidence).toMatchObject({ flowToken: 't-1' })
  })
})

describe('a body', () => {
  test.each(['', 'null', '[]', '{}', '{"object":"whatsapp_business_account"}', 'Stop'])(
    'that is %j cannot be read',
    (body) => {
      expect(readingOf(source, requestOf('whatsapp', { body }))).toBeNull()
    },
  )

  test('about something else says nothing', () => {
    expect(read({ object: 'page', entry: [] })).toMatchObject({ ignored: ['object'] })
    const other = post(change({ messages: [text('stop')] }, 'smb_message_echoes'))
    expect(read(other)).toMatchObject({ signals: [], ignored: ['field'] })
  })
})
