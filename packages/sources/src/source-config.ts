import { brandSchema, groupIdSchema } from '@ledger/domain'
import * as z from 'zod'
import type { KeywordTable } from './keywords/keyword-table.ts'
import { keywordTable } from './keywords/keyword-table.ts'
import type { Provider } from './provider.ts'

/** One thing that is wrong with the file of sources. Never holds a secret. */
export type SourceFault = { readonly name: string; readonly problem: string }

type Environment = Readonly<Record<string, string | undefined>>

/** Vonage's settings. */
const signatureMethods = ['md5hash', 'md5hmac', 'sha1hmac', 'sha256hmac', 'sha512hmac'] as const

/** What a button or a word of the tenant's own means. */
const commandSchema = z.strictObject({
  action: z.enum(['opt-in', 'opt-out', 'affirmative']),
  group: groupIdSchema.optional(),
  /** The text that promised what this word does; kept with each opt-in by it. */
  disclosure: z.string().min(1).max(4_096).optional(),
})
export type Command = z.output<typeof commandSchema>

/** A secret stands in the environment; the file names it. */
const secretIn = (env: Environment) =>
  z
    .string()
    .regex(/^env:\w+$/, 'expected env:NAME, the name of an environment variable')
    .transform((text, context) => {
      const name = text.slice('env:'.length)
      const value = env[name]?.trim()
      if (value !== undefined && value !== '') return value
      context.addIssue({ code: 'custom', message: `the variable ${name} is not set` })
      return z.NEVER
    })

const words = z.array(z.string().min(1).max(64)).max(1_000)

/** Every field that a source may have; which of them it must and may have, its provider says. */
const sourceSchemaIn = (env: Environment) =>
  z.strictObject({
    provider: z.string(),
    /** Of the brand are its opt-outs, when nobody owns the sender. */
    brand: brandSchema,
    /** ISO 3166: which lists of words are in force. Without it all opt-out words are. */
    country: z
      .string()
      .regex(/^[A-Z]{2}$/, 'expected two capital letters')
      .optional(),
    /** BCP 47, of which the language counts. */
    locale: z
      .string()
      .regex(/^[a-z]{2}(-[A-Za-z]{2,4})?$/, 'expected a language tag')
      .optional(),
    /** Any of them verifies: the new and the old one while a secret is replaced. */
    secrets: z.array(secretIn(env)).min(1).max(8).optional(),
    /** How the provider reaches the ledger, without the path of the door. */
    publicUrl: z.url({ protocol: /^https?$/ }).optional(),
    verifyToken: secretIn(env).optional(),
    /** For basic authentication. */
    basic: z.strictObject({ user: z.string().min(1), password: secretIn(env) }).optional(),
    /** The value of `?secret=` in the URL that the provider is given. */
    pathSecret: secretIn(env).optional(),
    /** The header by which the proxy in front says that it has checked a client certificate. */
    mutualTls: z.strictObject({ header: z.string().min(1), value: z.string().min(1) }).optional(),
    /** Public keys of the provider, as it shows them. */
    publicKeys: z.array(z.string().min(1)).min(1).max(8).optional(),
    /** How the provider signs, where that is a setting of its account. */
    signatureMethod: z.enum(signatureMethods).optional(),
    /** The topics that may speak. */
    topicArns: z.array(z.string().startsWith('arn:')).min(1).max(100).optional(),
    /** Our bot, as the groups that own it name it, where the provider does not say whom it is. */
    sender: z.string().min(1).max(128).optional(),
    /** By the payload of the button. */
    buttons: z.record(z.string().min(1), commandSchema).optional(),
    /** By the word. */
    keywords: z.record(z.string().min(1), commandSchema).optional(),
    /** More words that mean the same as those of the lists. */
    words: z.strictObject({ optOut: words.optional(), resume: words.optional() }).optional(),
    groups: z.array(groupIdSchema).min(1).max(1_000).optional(),
  })

type ReadSource = z.output<ReturnType<typeof sourceSchemaIn>>
export type SourceField = Exclude<keyof ReadSource, 'provider' | 'brand' | 'country' | 'locale'>

/** A source as its provider's code sees it. */
export type Source = ReadSource & {
  /** As in the path. */
  readonly name: string
  readonly keywordTable: KeywordTable
}

export type ReadSources =
  | { readonly ok: true; readonly sources: readonly Source[] }
  | { readonly ok: false; readonly faults: readonly SourceFault[] }

/** Fields that authenticate the request when its content is not signed. */
const credentials = ['basic', 'pathSecret', 'mutualTls'] as const

/** Fields that every provider takes. */
const common: readonly SourceField[] = ['publicUrl', 'keywords', 'words', ...credentials]

/** Fields of every source, whatever its provider. */
const general = ['provider', 'brand', 'country', 'locale']

const nameShape = /^[A-Za-z0-9][\w.-]{0,63}$/
const fault = (name: string, problem: string): SourceFault => ({ name, problem })

/**
 * Reads the file of sources, `{ "sources": { "<name>": { "provider": ... } } }`.
 * @param text the file
 * @param env where `env:NAME` is looked up
 * @returns the sources, or everything that is wrong with the file
 */
export function readSources(
  text: string,
  env: Environment,
  providers: ReadonlyMap<string, Provider>,
): ReadSources {
  let file: unknown
  try {
    file = JSON.parse(text)
  } catch {
    return { ok: false, faults: [fault('SOURCES_FILE', 'is not JSON')] }
  }
  const outer = z.strictObject({ sources: z.record(z.string(), z.unknown()) }).safeParse(file)
  if (!outer.success) {
    return { ok: false, faults: faultsOf(outer.error, 'SOURCES_FILE') }
  }
  const read = Object.entries(outer.data.sources).map(([name, value]) =>
    readSource(name, value, env, providers),
  )
  const faults = read.flatMap((each) => ('faults' in each ? each.faults : []))
  if (faults.length > 0) return { ok: false, faults }
  return { ok: true, sources: read.flatMap((each) => ('source' in each ? [each.source] : [])) }
}

const faultsOf = (error: z.ZodError, where: string): readonly SourceFault[] =>
  error.issues.map(({ path, message }) => fault([where, ...path.map(String)].join('.'), message))

type ReadOne = { readonly source: Source } | { readonly faults: readonly SourceFault[] }

function readSource(
  name: string,
  value: unknown,
  env: Environment,
  providers: ReadonlyMap<string, Provider>,
): ReadOne {
  const where = `sources.${name}`
  const parsed = sourceSchemaIn(env).safeParse(value)
  const table = keywordTable(parsed.success ? parsed.data : {})
  const faults = [
    ...(nameShape.test(name) ? [] : [fault(where, 'expected a name of letters, digits, . _ -')]),
    ...(parsed.success ? [] : faultsOf(parsed.error, where)),
    ...wrongFields(where, value, providers),
    ...table.faults.map((problem) => fault(`${where}.keywords`, problem)),
  ]
  if (!parsed.success || faults.length > 0) return { faults }
  return { source: { ...parsed.data, name, keywordTable: table } }
}

/** What a provider cannot do without, and what means nothing to it; also of a broken source. */
function wrongFields(
  where: string,
  value: unknown,
  providers: ReadonlyMap<string, Provider>,
): readonly SourceFault[] {
  const given = z.record(z.string(), z.unknown()).safeParse(value)
  if (!given.success) return []
  const { data } = given
  const provider = providers.get(String(data['provider']))
  if (provider === undefined) {
    return [fault(`${where}.provider`, `expected one of ${[...providers.keys()].join(', ')}`)]
  }
  const { needs, takes, signing, name } = provider
  const understood = new Set<string>([...needs, ...takes, ...common, ...general])
  const foreign = Object.keys(sourceSchemaIn({}).shape).filter(
    (field) => data[field] !== undefined && !understood.has(field),
  )
  const isSigned = signing === 'always' || (signing === 'optional' && data['secrets'] !== undefined)
  const isOpen = !isSigned && credentials.every((field) => data[field] === undefined)
  return [
    ...needs
      .filter((field) => data[field] === undefined)
      .map((field) => fault(`${where}.${field}`, `${name} needs this`)),
    ...foreign.map((field) => fault(`${where}.${field}`, `means nothing to ${name}`)),
    ...(isOpen
      ? [fault(where, `${name} does not sign: set one of ${credentials.join(', ')}`)]
      : []),
  ]
}
