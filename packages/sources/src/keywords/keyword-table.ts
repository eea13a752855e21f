import type { Command } from '../source-config.ts'
import type { KeywordList, Meaning } from './keyword-lists.ts'
import { keywordLists } from './keyword-lists.ts'
import { normaliseText } from './normalise-text.ts'

/** What a word means to one source, and by which rule. */
export type Keyword = {
  readonly meaning: Meaning | 'command'
  /** List and word, such as `opt-out/fcc/stop`. */
  readonly ruleId: string
  readonly command?: Command
}

/** The words in force for one source. */
export type KeywordTable = {
  readonly byWord: ReadonlyMap<string, Keyword>
  /** What is wrong with the words that the source adds. */
  readonly faults: readonly string[]
}

/** What decides which words are in force, and the source's own. */
export type KeywordOptions = {
  readonly country?: string | undefined
  readonly locale?: string | undefined
  readonly words?:
    | {
        readonly optOut?: readonly string[] | undefined
        readonly resume?: readonly string[] | undefined
      }
    | undefined
  readonly keywords?: Readonly<Record<string, Command>> | undefined
}

/** Words are compared without their spaces: `opt out` and `optout` are one. */
export const joined = (word: string): string => word.replaceAll(' ', '')

function isInForce(list: KeywordList, { country, locale }: KeywordOptions): boolean {
  const { countries, languages } = list
  const language = locale?.slice(0, 2)
  if (countries === undefined && languages === undefined) return true
  if (country !== undefined && countries?.includes(country) === true) return true
  if (language !== undefined && languages?.includes(language) === true) return true
  // Of a source that does not say where it is, every opt-out word of the world counts.
  return list.meaning === 'opt-out' && country === undefined
}

const listsOf = ({ words }: KeywordOptions): readonly KeywordList[] => [
  { name: 'own', meaning: 'opt-out', words: words?.optOut ?? [] },
  ...keywordLists,
  { name: 'own', meaning: 'resume', words: words?.resume ?? [] },
]

/** Puts together the words in force for one source; opt-out words before all others. */
export function keywordTable(options: KeywordOptions): KeywordTable {
  const byWord = new Map<string, Keyword>()
  const faults: string[] = []
  for (const list of listsOf(options).filter((each) => isInForce(each, options))) {
    for (const text of list.words) {
      const word = joined(text.includes('#') ? text : normaliseText(text))
      const keyword = { meaning: list.meaning, ruleId: `${list.meaning}/${list.name}/${word}` }
      if (word === '') faults.push('a word is nothing but punctuation')
      else if (!byWord.has(word)) byWord.set(word, keyword)
    }
  }
  for (const [text, command] of Object.entries(options.keywords ?? {})) {
    const word = joined(normaliseText(text))
    const taken = byWord.get(word)
    if (word === '') faults.push('a word is nothing but punctuation')
    else if (taken !== undefined) {
      faults.push(`${word} means ${taken.meaning} already and cannot mean anything else`)
    } else byWord.set(word, { meaning: 'command', ruleId: `command/own/${word}`, command })
  }
  return { byWord, faults }
}
