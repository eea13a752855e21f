import { posix } from 'node:path'
import type { Import } from './module-syntax.ts'
import { moduleSyntax } from './module-syntax.ts'
import type { Room } from './rooms.ts'
import { rooms, technologies } from './rooms.ts'
import type { Check, Finding, Tree } from './tree.ts'
import { finding, isTestCode, roomOf, typeScriptOf } from './tree.ts'

/** What an import names. */
type Target =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'builtin'; readonly name: string }
  | { readonly kind: 'room'; readonly room: string; readonly isDeep: boolean }
  | { readonly kind: 'package'; readonly name: string }

/** The prefix of our own packages on npm's path; a service is none of them. */
const scope = '@ledger/'

/** The npm package that a specifier names, without a path in it. */
function packageOf(specifier: string): string {
  const [first = '', second = ''] = specifier.split('/')
  return specifier.startsWith('@') ? `${first}/${second}` : first
}

export function targetOf(path: string, { specifier }: Pick<Import, 'specifier'>): Target {
  if (specifier.startsWith('.')) {
    return { kind: 'file', path: posix.join(posix.dirname(path), specifier) }
  }
  if (specifier.startsWith('node:')) return { kind: 'builtin', name: specifier.slice(5) }
  if (!specifier.startsWith(scope)) return { kind: 'package', name: packageOf(specifier) }
  const [name = '', ...rest] = specifier.slice(scope.length).split('/')
  return { kind: 'room', room: `packages/${name}`, isDeep: rest.length > 0 }
}

/** Everything that points the wrong way, or past a package's index. */
export const importArrows: Check = (tree) => [
  ...roomsWithoutRow(tree),
  ...typeScriptOf(tree).flatMap(([path, text]) => {
    const from = roomOf(path)
    return moduleSyntax(text).imports.flatMap((imported): readonly Finding[] => {
      const wrong = from === null ? null : wrongWith(path, from, imported)
      return wrong === null ? [] : [finding(path, imported.line, wrong)]
    })
  }),
]

function roomsWithoutRow(tree: Tree): readonly Finding[] {
  const found = new Set([...tree.keys()].map(roomOf).filter((room) => room !== null))
  found.delete('test')
  return [...found]
    .filter((room) => rooms[room] === undefined)
    .map((room) => finding(room, 1, 'has no row in test/tidy/rooms.ts'))
}

/** The floor of a measurement is what lies under a package's index. */
const measuringFolder = 'test/bench/'

function wrongWith(path: string, from: string, imported: Import): string | null {
  const target = targetOf(path, imported)
  if (target.kind === 'file') {
    const isWithin = roomOf(target.path) === from || path.startsWith(measuringFolder)
    return isWithin ? null : `reaches out of ${from} by a path`
  }
  if (target.kind === 'room' && target.isDeep) return `reaches past the index of ${target.room}`
  const room = rooms[from]
  // What tests may import beyond their room, their package.json says (package-manifests.ts).
  if (room === undefined || isTestCode(path)) return null
  if (target.kind === 'room') return wrongRoom(room, from, target.room, imported)
  if (target.kind === 'builtin') {
    return room.builtins.includes(target.name) ? null : `${from} may not import node:${target.name}`
  }
  return room.packages.includes(target.name) ? null : `${from} may not import ${target.name}`
}

function wrongRoom(room: Room, from: string, to: string, { values }: Import): string | null {
  if (room.rooms !== 'any' && !room.rooms.includes(to)) return `${from} may not import ${to}`
  const allowed = room.valuesFrom?.[to]
  const refused = allowed === undefined ? [] : values.filter((name) => !allowed.includes(name))
  return refused.length === 0 ? null : `${from} may take only types from ${to}: ${refused.join()}`
}

/** Each technology in the code of one room. */
export const oneTechnologyOneRoom: Check = (tree) =>
  typeScriptOf(tree).flatMap(([path, text]) =>
    moduleSyntax(text).imports.flatMap(({ specifier, line }) => {
      const name = specifier.startsWith('node:') ? specifier : packageOf(specifier)
      const home = technologies[name]
      const isElsewhere = home !== undefined && roomOf(path) !== home && !isTestCode(path)
      return isElsewhere ? [finding(path, line, `${name} belongs to ${home}`)] : []
    }),
  )
