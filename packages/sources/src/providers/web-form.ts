import type { Address, Group, Scope } from '@ledger/domain'
import { familyOf } from '@ledger/domain'
import * as z from 'zod'
import { makeSignal } from '../make-signal.ts'
import type { Provider, ReadContext, Reading, ReadSignal, Verdict } from '../provider.ts'
import type { VerifyContext } from '../provider.ts'
import { believed, forged, nothingSaid } from '../provider.ts'
import type { RawRequest } from '../raw-request.ts'
import { jsonOf } from '../raw-request.ts'
import { isAnyGood, isSame } from '../signature.ts'
import { verifyStandardWebhook, webhookIdOf } from '../standard-webhooks.ts'

/**
 * A web form of the tenant's own, sent on by its server, never by the page itself: a page cannot
 * keep a secret. Facts: web-email.md section 3.
 */
export const webForm: Provider = {
  name: 'web-form',
  methods: ['POST'],
  signing: 'always',
  needs: ['secrets'],
  takes: ['groups'],
  verify,
  toSignals,
  answer: 'outcomes',
}

/** Signed by Standard Webhooks, or with one of the secrets as a bearer key. */
function verify(raw: RawRequest, context: VerifyContext): Verdict {
  const { authorization } = raw.headers
  if (raw.headers['webhook-signature'] !== undefined || authorization === undefined) {
    return verifyStandardWebhook(raw, context)
  }
  const isGood = isAnyGood(context.source.secrets, (secret) =>
    isSame(authorization, `Bearer ${secret}`),
  )
  return isGood ? believed : forged
}

const words = (lengthMax: number) => z.string().min(1).max(lengthMax)

/** What a person had before them: kept with each opt-in, sealed, the text itself by its hash. */
const shownSchema = {
  /** The disclosure, word for word, as it stood beside the box or button. */
  disclosure: words(65_536).optional(),
  /** Instead of the text: its SHA-256, when the ledger keeps it already. */
  disclosureId: words(128).optional(),
  disclosureVersion: words(128).optional(),
  language: words(35).optional(),
  privacyNoticeVersion: words(128).optional(),
  brandShown: words(256).optional(),
  formUrl: words(2_048).optional(),
  formVersion: words(128).optional(),
  screenshotRef: words(512).optional(),
  referrer: words(2_048).optional(),
  campaign: words(256).optional(),
  /** What the button said, such as "Sign me up". */
  button: words(256).optional(),
  ip: words(64).optional(),
  userAgent: words(1_024).optional(),
  session: words(256).optional(),
  captcha: z.object({ success: z.boolean() }).loose().optional(),
}
const shownFields = Object.keys(shownSchema) as (keyof typeof shownSchema)[]

const boxSchema = z.object({
  group: words(128),
  /** The words beside this box, where they are not the form's. */
  disclosure: words(65_536).optional(),
  initial: z.boolean(),
  final: z.boolean(),
})

const formSchema = z.object({
  ...shownSchema,
  /** The submission's own id, the same for each retry; else the id of the webhook. */
  id: words(256).optional(),
  action: z.enum(['opt-in', 'opt-out']).default('opt-in'),
  /** As typed. */
  email: words(512).optional(),
  phone: words(512).optional(),
  externalId: words(512).optional(),
  submittedAt: z.string().optional(),
  boxes: z.array(boxSchema).max(100).optional(),
  /** Of a form without boxes, whose one button is the act. */
  groups: z.array(words(128)).min(1).max(100).optional(),
  /** A field that no person sees; a machine fills it in. */
  honeypot: z.string().optional(),
})

/** An opt-out is read although the words around it are not. */
const optOutSchema = z.object({
  ...Object.fromEntries(shownFields.map((field) => [field, z.unknown().optional()])),
  ...z.object(formSchema.shape).pick({ id: true, email: true, phone: true, externalId: true })
    .shape,
  action: z.literal('opt-out'),
  submittedAt: z.string().optional().catch(undefined),
  groups: formSchema.shape.groups.catch(undefined),
  boxes: formSchema.shape.boxes.catch(undefined),
})

type Form = Partial<z.output<typeof formSchema>>

function toSignals(raw: RawRequest, context: ReadContext): Reading | null {
  const json = jsonOf(raw)
  const form: Form | undefined =
    formSchema.safeParse(json).data ?? optOutSchema.safeParse(json).data
  const submission = form?.id ?? webhookIdOf(raw)
  if (form === undefined || submission === undefined) return null
  if (addressesOf(form).length === 0) return null
  const acts = actsOf(form, context)
  if (acts === null) return null
  if (acts.length === 0) return nothingSaid('nothing-ticked')
  return { signals: acts.map((act) => signalOf(act, form, submission, context)), ignored: [] }
}

/** One thing that the form says of one group or, for an opt-out, of a whole channel. */
type Act = {
  readonly action: 'opt-in' | 'opt-out'
  readonly group: string | null
  readonly scope: Scope
  readonly address: Address | undefined
  readonly box?: z.output<typeof boxSchema>
}

/** Null for a form that names no group in any way. */
function actsOf(form: Form, context: ReadContext): readonly Act[] | null {
  const { source } = context
  if (form.action === 'opt-out') {
    const named = form.groups ?? form.boxes?.filter((box) => box.final).map(({ group }) => group)
    return named === undefined || named.length === 0
      ? wideOptOuts(form, source.brand)
      : named.flatMap((group) => optOutsOf(group, form, context))
  }
  if (form.boxes !== undefined) {
    return form.boxes.flatMap((box): readonly Act[] => {
      if (box.final) return [{ ...optInOf(box.group, form, context), box }]
      // Who clears a box that was ticked for her says no.
      return box.initial ? optOutsOf(box.group, form, context).map((act) => ({ ...act, box })) : []
    })
  }
  const named = form.groups ?? source.groups
  return named?.map((group) => optInOf(group, form, context)) ?? null
}

const optInOf = (group: string, form: Form, context: ReadContext): Act => {
  const [address] = addressesFor(group, form, context)
  return { action: 'opt-in', group, scope: { group }, address }
}

/** Under every address that may be meant. */
const optOutsOf = (group: string, form: Form, context: ReadContext): readonly Act[] => {
  const fitting = addressesFor(group, form, context)
  return (fitting.length > 0 ? fitting : addressesOf(form)).map((address) => {
    return { action: 'opt-out', group, scope: { group }, address }
  })
}

const wideOptOuts = (form: Form, brand: string): readonly Act[] =>
  addressesOf(form).map((address) => {
    const family = address.kind === 'phone' ? familyOf('sms') : address.kind
    return { action: 'opt-out', group: null, scope: { brand, family }, address }
  })

const addressesOf = ({ email, phone }: Form): readonly Address[] => [
  ...(email === undefined ? [] : [{ kind: 'email', value: email }]),
  ...(phone === undefined ? [] : [{ kind: 'phone', value: phone }]),
]

/** The addresses that a group's channel reaches; all of them for a group that nobody knows. */
function addressesFor(id: string, form: Form, { groups }: ReadContext): readonly Address[] {
  const group = groups.find((each) => each.id === id)
  const all = addressesOf(form)
  return group === undefined ? all : all.flatMap((address) => reached(group, address))
}

function reached({ family }: Group, address: Address): readonly Address[] {
  if (address.kind === 'email') return family === 'email' ? [address] : []
  if (family === 'carrier-messaging') return [address]
  if (family !== 'whatsapp') return []
  return [{ kind: 'whatsapp-user', value: address.value.replace(/\D/g, '') }]
}

function signalOf(act: Act, form: Form, submission: string, context: ReadContext): ReadSignal {
  const { action, group, scope, address } = act
  const { source, isStale } = context
  const kind = address?.kind ?? 'none'
  const id = [submission, action, ...(group === null ? [] : [group]), kind].join(':')
  const problem = action === 'opt-in' ? problemOf(act, context) : null
  if (problem !== null) return { ok: false, id, action, problem }
  return makeSignal({
    urn: `urn:web-form:${source.name}`,
    id,
    action,
    address: address ?? { kind: 'email', value: '' },
    externalId: form.externalId,
    scope,
    actor: 'person',
    method: 'web-form',
    clock: 'server',
    claimedAt: form.submittedAt,
    evidence: evidenceOf(act, form, submission),
    isStale,
    quarantine: doubtOf(act, form),
  })
}

/** Why an opt-in cannot be recorded as what the form is for. */
function problemOf({ group, address }: Act, { source }: ReadContext) {
  const isOffered = source.groups?.some((each) => each === group) ?? true
  const refuse = (field: string, detail: string) =>
    ({ code: 'invalid-signal', field, detail }) as const
  if (!isOffered) return refuse('group', 'this form does not offer the group')
  return address === undefined
    ? refuse('address', 'the form brings no address that the group reaches')
    : null
}

/** A box that was ticked beforehand is no act (CJEU C-673/17); a machine's is none of a person. */
function doubtOf({ action, box }: Act, { honeypot = '', captcha }: Form) {
  if (action === 'opt-out') return undefined
  if (box?.initial === true) return 'box-preticked'
  return honeypot !== '' || captcha?.success === false ? 'act-automated' : undefined
}

function evidenceOf({ box }: Act, form: Form, submission: string) {
  const shown = shownFields.flatMap((field): readonly (readonly [string, unknown])[] =>
    form[field] === undefined ? [] : [[field, form[field]]],
  )
  const boxes = form.boxes?.map(({ group, initial, final }) => ({ group, initial, final }))
  return {
    ...Object.fromEntries(shown),
    submission,
    ...(boxes === undefined ? {} : { boxes }),
    ...(box?.disclosure === undefined ? {} : { disclosure: box.disclosure }),
  }
}
