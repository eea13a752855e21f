import { posix } from 'node:path'
import type { Check, Finding, Tree } from './tree.ts'
import { finding } from './tree.ts'

type Line = { readonly number: number; readonly text: string }

const documentsOf = (tree: Tree): readonly (readonly [string, string])[] =>
  [...tree].filter(([path]) => path.endsWith('.md'))

const fence = /^\s*```/

/** The lines of a document outside of its fenced blocks. */
function proseOf(text: string): readonly Line[] {
  let isFenced = false
  return text.split('\n').flatMap((line, index) => {
    const isFence = fence.test(line)
    if (isFence) isFenced = !isFenced
    return isFenced || isFence ? [] : [{ number: index + 1, text: line }]
  })
}

const heading = /^(#+) +(.+)$/

/** A document starts with its one title, and its headings go down one step at a time. */
export const documentsHaveTitles: Check = (tree) =>
  documentsOf(tree).flatMap(([path, text]): readonly Finding[] => {
    const headings = proseOf(text).flatMap(({ number, text: line }) => {
      const [, marks = '', title = ''] = heading.exec(line) ?? []
      return marks === '' ? [] : [{ number, depth: marks.length, title }]
    })
    const [first, ...rest] = headings
    const noTitle = first?.number !== 1 || first.depth !== 1
    return [
      ...(noTitle ? [finding(path, 1, 'does not start with its title')] : []),
      ...rest.flatMap(({ number, depth }, index) => {
        if (depth === 1) return [finding(path, number, 'has a second title')]
        const before = headings[index]?.depth ?? 1
        return depth > before + 1 ? [finding(path, number, 'skips a level of headings')] : []
      }),
      ...headings
        .filter(({ title }) => /[.:!]$/.test(title))
        .map(({ number }) => finding(path, number, 'ends a heading like a sentence')),
    ]
  })

/** A block of code says in which language, so that readers and tests know what to do with it. */
export const blocksHaveLanguages: Check = (tree) =>
  documentsOf(tree).flatMap(([path, text]) => {
    let isFenced = false
    return text.split('\n').flatMap((line, index) => {
      if (!fence.test(line)) return []
      isFenced = !isFenced
      const isBare = isFenced && line.trim() === '```'
      return isBare ? [finding(path, index + 1, 'opens a block without its language')] : []
    })
  })

const link = /\]\((?!https?:|mailto:)([^)#\s]+)?(?:#[^)\s]*)?\)/g
/** A path from the root of the repository in backticks; `*` and `<...>` stand for many. */
const namedPath = /`((?:packages|services|test|docs|infra|\.ci)\/[\w./-]+)`/g

const exists = (tree: Tree, path: string): boolean => {
  const folder = path.endsWith('/') ? path : `${path}/`
  return tree.has(path) || [...tree.keys()].some((each) => each.startsWith(folder))
}

/** Links and paths that a document names are there. */
export const documentsNameWhatIs: Check = (tree) =>
  documentsOf(tree).flatMap(([path, text]) =>
    proseOf(text).flatMap(({ number, text: line }) => {
      const linked = [...line.matchAll(link)].flatMap(([, to]) =>
        to === undefined ? [] : [posix.join(posix.dirname(path), decodeURI(to))],
      )
      const named = [...line.matchAll(namedPath)].flatMap(([, to]) => to ?? [])
      return [...linked, ...named]
        .filter((to) => !exists(tree, to))
        .map((to) => finding(path, number, `names ${to}, which is not there`))
    }),
  )
