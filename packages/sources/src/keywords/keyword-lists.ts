/** The version of these lists and of the cues; every event that rests on a text names it. */
export const keywordsVersion = 'keywords-2026.1'

/** What a word by itself means. */
export type Meaning = 'opt-out' | 'resume' | 'affirmative' | 'help'

/** Words that mean the same, and where. In force everywhere unless it says for which. */
export type KeywordList = {
  readonly name: string
  readonly meaning: Meaning
  /** As people write them; `#` stands for a number of three to six digits. */
  readonly words: readonly string[]
  readonly countries?: readonly string[]
  readonly languages?: readonly string[]
}

/**
 * The lists that are in force, data and no code: law and carriers change them. A word that stands
 * in several has the meaning of the first.
 */
export const keywordLists: readonly KeywordList[] = [
  // 47 CFR 64.1200(a)(10): a reply with one of these definitively revokes.
  {
    name: 'fcc',
    meaning: 'opt-out',
    words: ['stop', 'quit', 'end', 'revoke', 'opt out', 'cancel', 'unsubscribe'],
  },
  // CTIA Messaging Principles 5.1.3.
  { name: 'ctia', meaning: 'opt-out', words: ['please opt me out'] },
  // What carriers and providers block by themselves: Twilio, Telnyx, AWS, Vonage, Braze; Canada.
  {
    name: 'carriers',
    meaning: 'opt-out',
    words: ['stop all', 'remove', 'td', 'arret', 'arrete', 'arrett'],
  },
  // Google's RCS sends these itself, by country.
  { name: 'rcs-es', meaning: 'opt-out', words: ['baja'], countries: ['ES', 'MX'] },
  { name: 'rcs-br', meaning: 'opt-out', words: ['parar'], countries: ['BR'] },
  // A STOP to the short number that the text named.
  { name: 'fr-number', meaning: 'opt-out', words: ['stop #'], countries: ['FR'] },
  { name: 'all', meaning: 'resume', words: ['start', 'unstop'] },
  { name: 'rcs-es', meaning: 'resume', words: ['alta'], countries: ['ES', 'MX'] },
  { name: 'rcs-fr', meaning: 'resume', words: ['démarrer'], countries: ['FR'] },
  { name: 'rcs-br', meaning: 'resume', words: ['começar'], countries: ['BR'] },
  { name: 'all', meaning: 'affirmative', words: ['yes', 'oui', 'si', 'ja', 'sim'] },
  { name: 'all', meaning: 'help', words: ['help', 'info', 'aide'] },
]
