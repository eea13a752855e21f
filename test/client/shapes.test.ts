import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compile } from 'json-schema-to-typescript'
import ts from 'typescript'
import { beforeAll, expect, test } from 'vitest'
import { clientExample } from '../support/client-example.ts'
import { httpClient } from '../support/http-client.ts'
import { startStandalone } from '../support/start-standalone.ts'
import { makeTempFolder } from '../support/temp-folder.ts'

/*
 * Holds the client's types to what the ledger says of itself at /openapi.json: types are made of
 * the description, and the compiler judges whether the two fit.
 */
const root = fileURLToPath(new URL('../../', import.meta.url))
const client = join(root, 'packages/client/src/index.ts')

type Json = Readonly<Record<string, unknown>>
type Operation = {
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Json }>> }
  readonly responses: Readonly<
    Record<string, { readonly content: Readonly<Record<string, { readonly schema: Json }>> }>
  >
}
type Description = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: Json
}

/** The doors that the client asks, by the names of the types made of them. */
const doors = {
  signals: ['post', '/v1/signals'],
  state: ['post', '/v1/state'],
  permissions: ['post', '/v1/permissions'],
  lookup: ['post', '/v1/subjects/lookup'],
  history: ['get', '/v1/subjects/{id}/history'],
  members: ['get', '/v1/groups/{id}/members'],
  changes: ['get', '/v1/changes'],
} as const

/** All requests and answers of these doors as one schema, whose properties become types. */
function schemaOf({ paths, components }: Description): Json {
  const parts = Object.entries(doors).flatMap(([name, [method, path]]) => {
    const operation = paths[path]?.[method]
    if (operation === undefined) throw new Error(`${method} ${path} is not described`)
    const body = operation.requestBody?.content['application/json']?.schema
    const answer = operation.responses['200']?.content['application/json']?.schema
    return [...(body ? [[`${name}Body`, body]] : []), [`${name}Answer`, answer]] as [string, Json][]
  })
  const properties = Object.fromEntries(parts)
  const required = Object.keys(properties)
  return { type: 'object', properties, required, additionalProperties: false, components }
}

/** What must fit: what the ledger answers into what we promise, what we send into what it takes. */
const judged = `
import type * as Client from ${JSON.stringify(client)}
import type { Doors } from './doors.ts'

/** Ours are read-only and the ledger's are not, which says nothing of what travels. */
type Plain<T> = T extends (infer U)[] | readonly (infer U)[] ? Plain<U>[]
  : T extends object ? { -readonly [K in keyof T]: Plain<T[K]> } : T
/** An address is echoed as it was asked, so its type is ours to say. */
type Readdressed<R> = R extends unknown ? Omit<R, 'address'> & { address: Client.Address } : never
type Echoed<T> = T extends { results: (infer R)[]; freshness: infer F }
  ? { results: Readdressed<R>[]; freshness: F }
  : never
type Item<T> = T extends { items: (infer I)[] } ? I : never

declare const doors: Plain<Doors>
type Signals = { results: readonly Client.SignalResult[] }
export const signal: Client.SignalResult | Signals = doors.signalsAnswer
export const states: Client.Answered<Client.StateResult> =
  doors.stateAnswer as Echoed<Plain<Doors['stateAnswer']>>
export const permissions: Client.Answered<Client.PermissionResult> =
  doors.permissionsAnswer as Echoed<Plain<Doors['permissionsAnswer']>>
export const lookup: Client.Lookup = doors.lookupAnswer
export const entry: Client.HistoryItem = doors.historyAnswer.items[0]!
export const member: Client.Member = doors.membersAnswer.items[0]!
export const change: Client.Change = doors.changesAnswer.items[0]!

// Nothing that the ledger tells is missing in what we promise.
type Missing<Told, Ours> = Exclude<keyof Told, keyof Ours>
type Keys<T> = T extends unknown ? keyof T : never
type Results<T> = T extends { results: (infer R)[] } ? R : never
export const nothing: [
  Exclude<Keys<Plain<Doors['signalsAnswer']>>, 'results' | keyof Client.SignalResult>,
  Missing<Item<Plain<Doors['historyAnswer']>>, Client.HistoryItem>,
  Missing<Item<Plain<Doors['membersAnswer']>>, Client.Member>,
  Missing<Item<Plain<Doors['changesAnswer']>>, Client.Change>,
  Missing<Plain<Doors['lookupAnswer']>, Client.Lookup>,
  Exclude<Keys<Results<Plain<Doors['permissionsAnswer']>>>, keyof Client.PermissionResult>,
  Exclude<Keys<Results<Plain<Doors['stateAnswer']>>>, Keys<Client.StateResult>>,
] extends never[] ? true : false = true

declare const sent: Plain<Client.Signal & { specversion: '1.0' }>
export const body: Plain<Doors['signalsBody']> = [sent]
declare const asked: Plain<Client.StateQuestion>
export const stateBody: Plain<Doors['stateBody']> = asked
declare const gate: Plain<Client.GroupQuestion>
export const gateBody: Plain<Doors['permissionsBody']> = gate
declare const wanted: Plain<Client.LookupQuestion>
export const lookupBody: Plain<Doors['lookupBody']> = wanted

// Nothing that we send is unknown there.
type DataKeys<S, T> = S extends { type: T; data: infer D } ? keyof D : never
type Taken = Extract<Plain<Doors['signalsBody']>, { type: string }>
type UnknownData<T> = T extends unknown
  ? Exclude<DataKeys<Client.Signal, T>, DataKeys<Taken, T>>
  : never
export const known: [
  Exclude<Keys<Client.StateQuestion>, keyof Doors['stateBody']>,
  Exclude<Keys<Client.GroupQuestion>, keyof Doors['permissionsBody']>,
  Exclude<Keys<Client.LookupQuestion>, keyof Doors['lookupBody']>,
  UnknownData<Client.Signal['type']>,
] extends never[] ? true : false = true
`

let folder: string
let description: Description

/** Types of the description beside the code that they must fit; what the compiler says of it. */
async function judge(described: Description, text: string): Promise<readonly string[]> {
  const options = {
    ...{ ignoreMinAndMaxItems: true, unknownAny: true, additionalProperties: false },
    ...{ bannerComment: '', format: false },
  }
  writeFileSync(join(folder, 'doors.ts'), await compile(schemaOf(described), 'Doors', options))
  const path = join(folder, 'judged.mts')
  writeFileSync(path, text)
  const program = ts.createProgram([path], {
    ...{ target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.NodeNext },
    ...{ strict: true, noEmit: true, allowImportingTsExtensions: true, skipLibCheck: true },
    ...{
      erasableSyntaxOnly: true,
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
    },
    ...{ lib: ['lib.esnext.d.ts'] },
  })
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
}

beforeAll(async () => {
  const temp = makeTempFolder()
  folder = temp.path
  const cleanUps: (() => Promise<void>)[] = []
  const ledger = await startStandalone(join(folder, 'data'), {}, (stop) => void cleanUps.push(stop))
  const { json } = await httpClient(ledger.address).ask('GET', '/openapi.json')
  description = json as Description
  for (const stop of cleanUps) await stop()
  return temp.remove
})

test('what the client says and promises fits what the ledger describes', async () => {
  expect(await judge(description, judged)).toEqual([])
})

test('the example of the README fits the client', async () => {
  expect(await judge(description, clientExample(client))).toEqual([])
})

/** The description with one text replaced, as if the ledger had changed. */
const changed = (from: string, to: string): Description => {
  const text = JSON.stringify(description)
  if (!text.includes(from)) throw new Error(`${from} is not in the description`)
  return JSON.parse(text.replaceAll(from, to)) as Description
}

test.each([
  ['a field of an answer that is gone', '"policyVersion"', '"policy"'],
  ['a field that may be null now', '"lagMs":{"type":"number"}', '"lagMs":{"type":"null"}'],
  ['a state that is new', '"never","subscribed"]', '"never","asleep","subscribed"]'],
  ['a field of a request that has another name', '"atLeast"', '"notBefore"'],
  ['a field of a signal that has another name', '"validUntil"', '"expiresOn"'],
  ['a type of signal that is gone', '"subscription.affirmative"', '"subscription.confirmed"'],
])('%s is noticed', async (_what, from, to) => {
  expect(await judge(changed(from, to), judged)).not.toEqual([])
})
