import { moduleSyntax } from './module-syntax.ts'
import type { Check, Finding } from './tree.ts'
import { finding, isTestCode, roomOf, typeScriptOf } from './tree.ts'

/** Rooms that compute and nothing else: the same arguments give the same answer, at once. */
const pureRooms: readonly string[] = ['packages/domain', 'packages/sources']

/** Where the world comes in, besides imports. */
const worldNames: ReadonlySet<string> = new Set([
  'await',
  'Date.now',
  'new Date()',
  'Math.random',
  'performance',
  'process',
  'console',
  'crypto',
  'fetch',
  'globalThis',
  'Promise',
  'queueMicrotask',
  'setImmediate',
  'setInterval',
  'setTimeout',
])

/** In a pure room: no clock, no random, no I/O, no waiting, nothing that remembers. */
export const pureRoomsArePure: Check = (tree) =>
  typeScriptOf(tree).flatMap(([path, text]): readonly Finding[] => {
    if (!pureRooms.includes(roomOf(path) ?? '') || isTestCode(path)) return []
    const { uses, topLevelLets } = moduleSyntax(text)
    return [
      ...uses
        .filter(({ name }) => worldNames.has(name))
        .map(({ name, line }) => finding(path, line, `${name} is no business of a pure room`)),
      ...topLevelLets.map(({ name, line }) =>
        finding(path, line, `${name} remembers between calls`),
      ),
    ]
  })

/** What the rest of the product may use in one place only, and everybody else is given. */
const onlyIn: Readonly<Record<string, (path: string) => boolean>> = {
  // Time has a port: whoever needs it is handed a clock, so that tests can hand it another one.
  'Date.now': (path) => path.startsWith('packages/runtime/'),
  'new Date()': () => false,
  'Math.random': () => false,
  // Configuration is read once, at the door.
  'process.env': (path) => path.startsWith('services/'),
  'process.exit': (path) => /^services\/[^/]+\/src\/main\.ts$/.test(path),
}

/** The wall clock, chance and the environment come in where they should. */
export const worldComesInAtTheDoor: Check = (tree) =>
  typeScriptOf(tree).flatMap(([path, text]) => {
    const room = roomOf(path)
    if (room === null || isTestCode(path)) return []
    return moduleSyntax(text)
      .uses.filter(({ name }) => onlyIn[name]?.(path) === false)
      .map(({ name, line }) => finding(path, line, `${name} does not belong here`))
  })
