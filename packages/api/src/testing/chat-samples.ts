import { createHmac } from 'node:crypto'
import type { ProviderSample } from './provider-samples.ts'

const json = 'application/json'
const secrets = ['env:SECRET']
const s1970 = 1_795_420_800

/** Over the bytes of the body, as Meta and Viber sign. */
const hexOver = (secret: string, body: Buffer): string =>
  createHmac('sha256', secret).update(body).digest('hex')

const whatsappUser = { from: '15550100123', from_user_id: 'US.1122334455' }
const metadata = { display_phone_number: '15550100999', phone_number_id: '15555550100' }
const whatsapp = (value: object, field = 'messages'): string =>
  JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [{ id: '1029384756', changes: [{ field, value: { metadata, ...value } }] }],
  })

const page = (...events: readonly object[]): string =>
  JSON.stringify({
    object: 'page',
    entry: [
      {
        id: '77',
        messaging: events.map((event) => ({
          ...{ sender: { id: '6543' }, recipient: { id: '77' }, timestamp: s1970 * 1_000 },
          ...event,
        })),
      },
    ],
  })

const privately = { id: 55, type: 'private' }
const rcsPerson = { senderPhoneNumber: '+15555550123', agentId: 'acme@rbm.goog' }

const ofWhatsapp = (secret: string): ProviderSample => ({
  provider: 'whatsapp',
  source: {
    secrets,
    verifyToken: 'env:SECRET',
    buttons: { LEAVE: { action: 'opt-out' }, agreed: { action: 'opt-out' } },
  },
  contentType: json,
  bodies: [
    whatsapp({
      contacts: [{ profile: { name: 'Ana' }, wa_id: '15550100123', user_id: 'US.1122334455' }],
      messages: [
        { ...whatsappUser, id: 'wamid.1', timestamp: `${s1970}`, text: { body: 'Stop' } },
        { from: '15550100124', id: 'wamid.2', button: { payload: 'LEAVE', text: 'Stop' } },
      ],
    }),
    whatsapp({
      messages: [
        {
          from: 'US.99',
          id: 'wamid.3',
          type: 'interactive',
          interactive: { nfm_reply: { response_json: '{"agreed":true,"flow_token":"t"}' } },
        },
        {
          from: '15550100125',
          id: 'wamid.4',
          system: { type: 'user_changed_number', wa_id: '15550100126' },
        },
      ],
    }),
    whatsapp(
      {
        user_preferences: [
          {
            wa_id: '15550100127',
            category: 'marketing_messages',
            value: 'stop',
            timestamp: s1970,
          },
        ],
        statuses: [
          {
            id: 'wamid.5',
            status: 'failed',
            recipient_id: '15550100128',
            errors: [{ code: 131_050 }],
          },
        ],
      },
      'user_preferences',
    ),
  ],
  signed: (_url, body) => ({
    headers: { 'x-hub-signature-256': `sha256=${hexOver(secret, body)}` },
    body,
  }),
})

const ofMessenger = (secret: string): ProviderSample => ({
  provider: 'messenger',
  source: {
    secrets,
    verifyToken: 'env:SECRET',
    buttons: { topic: { action: 'opt-out' } },
  },
  contentType: json,
  bodies: [
    page({ message: { mid: 'm_1', text: 'Stop' } }, { postback: { mid: 'm_2', payload: 'STOP' } }),
    page({ optin: { type: 'notification_messages', payload: 'topic', title: 'Offers' } }),
  ],
  signed: (_url, body) => ({
    headers: { 'x-hub-signature-256': `sha256=${hexOver(secret, body)}` },
    body,
  }),
})

const ofTelegram = (secret: string): ProviderSample => ({
  provider: 'telegram',
  source: { secrets },
  contentType: json,
  bodies: [
    JSON.stringify({
      update_id: 1,
      message: { message_id: 7, date: s1970, chat: privately, from: { id: 55 }, text: '/stop' },
    }),
    JSON.stringify({
      update_id: 2,
      my_chat_member: {
        ...{ chat: privately, from: { id: 55 }, date: s1970 },
        new_chat_member: { status: 'kicked' },
      },
    }),
    JSON.stringify({ update_id: 3, callback_query: { from: { id: 55 }, data: 'STOP' } }),
  ],
  signed: (_url, body) => ({
    headers: { 'x-telegram-bot-api-secret-token': secret },
    body,
  }),
  coversBody: false,
})

const ofRcs = (secret: string): ProviderSample => ({
  provider: 'rcs',
  source: { secrets },
  contentType: json,
  bodies: [
    JSON.stringify({
      ...rcsPerson,
      messageId: 'M1',
      sendTime: '2026-11-23T08:00:00Z',
      text: 'STOP',
    }),
    JSON.stringify({ ...rcsPerson, eventId: 'E1', eventType: 'UNSUBSCRIBE' }),
    JSON.stringify({ ...rcsPerson, eventId: 'E2', suggestionResponse: { postbackData: 'STOP' } }),
  ],
  // What is broken is the message inside; the envelope around it is whole.
  signed: (_url, body) => ({
    headers: {
      'x-goog-signature': createHmac('sha512', secret).update(body).digest('base64'),
    },
    body: Buffer.from(JSON.stringify({ message: { data: body.toString('base64') } })),
  }),
})

const ofViber = (secret: string): ProviderSample => ({
  provider: 'viber',
  source: { secrets },
  contentType: json,
  bodies: [
    JSON.stringify({
      ...{ event: 'message', timestamp: s1970 * 1_000, message_token: 4_912_661_846_655 },
      sender: { id: '01234567890A=', name: 'Ana' },
      message: { type: 'text', text: 'Stop' },
    }),
    JSON.stringify({ event: 'unsubscribed', timestamp: s1970 * 1_000, user_id: '01234567890B=' }),
  ],
  signed: (_url, body) => ({
    headers: { 'x-viber-content-signature': hexOver(secret, body) },
    body,
  }),
})

/** What chat platforms send, each signed with the secret that it is given. */
export const chatSamples = (secret: string): readonly ProviderSample[] =>
  [ofWhatsapp, ofMessenger, ofTelegram, ofRcs, ofViber].map((sample) => sample(secret))
