import type { Provider } from './provider.ts'
import { awsSms } from './providers/aws-sms.ts'
import { bird } from './providers/bird.ts'
import { infobip } from './providers/infobip.ts'
import { mailgun } from './providers/mailgun.ts'
import { postmark } from './providers/postmark.ts'
import { sendgrid } from './providers/sendgrid.ts'
import { ses } from './providers/ses.ts'
import { messagebird } from './providers/messagebird.ts'
import { messenger } from './providers/messenger.ts'
import { rcs } from './providers/rcs.ts'
import { sinch } from './providers/sinch.ts'
import { telegram } from './providers/telegram.ts'
import { telnyx } from './providers/telnyx.ts'
import { twilio } from './providers/twilio.ts'
import { standardWebhooks } from './providers/standard-webhooks.ts'
import { viber } from './providers/viber.ts'
import { vonage } from './providers/vonage.ts'
import { webForm } from './providers/web-form.ts'
import { whatsapp } from './providers/whatsapp.ts'

/** Every provider that a source may name; a new one is a line here. */
const all: readonly Provider[] = [
  ...[twilio, vonage, sinch, telnyx, messagebird, bird, infobip, awsSms],
  ...[whatsapp, messenger, telegram, rcs, viber],
  ...[webForm, standardWebhooks, ses, sendgrid, mailgun, postmark],
]

/** By name, as in the path of the door. */
export const providers: ReadonlyMap<string, Provider> = new Map(
  all.map((provider) => [provider.name, provider]),
)
