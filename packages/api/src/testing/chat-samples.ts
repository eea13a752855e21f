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

/** What chat platforms send, each signed with the secret that it is given. */
export const chatSamples = (secret: string): readonly ProviderSample[] => [
  {
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
  },
]
