import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { KeywordOptions } from './keyword-table.ts'
import { keywordTable } from './keyword-table.ts'
import { normaliseText } from './normalise-text.ts'
import { readButton, readText } from './read-text.ts'

const meaningOf = (text: string, options: KeywordOptions = {}): string =>
  readText(text, keywordTable(options)).meaning

const optOuts = [
  ...['STOP', 'stop', 'Stop.', ' stop ', '"Stop"', 'STOP!!!', '*STOP*', 'ＳＴＯＰ', 'STOP 🙏'],
  ...['Stop\n', 'Stop all', 'STOPALL', 'opt-out', 'Opt Out', 'OPT OUT.', 'optout', 'unsubscribe'],
  ...['Cancel', 'END', 'quit', 'revoke', 'ARRÊT', 'arret', 'ARRETT', 'remove', 'TD'],
  ...[
    'please opt me out',
    'S T O P',
    '«stop»',
    '[STOP]',
    '\u200eSTOP\u200f',
    'ST\u200bOP',
    'sto\u0301p',
  ],
]

describe('a text that is a keyword', () => {
  test.each(optOuts)('%j is an opt-out', (text) => {
    expect(meaningOf(text)).toBe('opt-out')
    expect(meaningOf(text, { country: 'US', locale: 'en' })).toBe('opt-out')
  })

  test.each([
    ['Baja', 'ES'],
    ['BAJA', 'MX'],
    ['PARAR', 'BR'],
    ['Stop 36180', 'FR'],
  ])('%j is an opt-out in %s', (text, country) => {
    expect(meaningOf(text, { country })).toBe('opt-out')
  })

  test('of one country is no keyword in another, and in all of them where none is named', () => {
    expect(meaningOf('baja', { country: 'US' })).not.toBe('opt-out')
    expect(meaningOf('baja')).toBe('opt-out')
    expect(meaningOf('alta')).toBe('ordinary')
  })

  test.each([
    ['START', {}, 'resume'],
    ['unstop', {}, 'resume'],
    ['Alta', { country: 'MX' }, 'resume'],
    ['Démarrer', { country: 'FR' }, 'resume'],
    ['começar', { country: 'BR' }, 'resume'],
    ['yes', {}, 'affirmative'],
    ['Oui !', {}, 'affirmative'],
    ['HELP', {}, 'help'],
    ['aide', {}, 'help'],
    ['info?', {}, 'help'],
  ])('%j means what its list says', (text, options, meaning) => {
    expect(meaningOf(text, options)).toBe(meaning)
  })

  test('names the list and the word that it met', () => {
    expect(readText('Opt-Out!', keywordTable({}))).toMatchObject({
      ruleId: 'opt-out/fcc/optout',
      normalised: 'opt out',
    })
  })
})

describe('a text that may mean an opt-out', () => {
  test.each([
    'Stop please',
    'please stop texting me',
    'stop sending me these',
    'take me off your list',
    'I want to opt out',
    'no more messages',
    'unsubscribe me from offers but keep order updates',
    'cancel my appointment',
    'remove me',
    'take me off the list',
    'lose my number',
    "don't contact me",
    'delete my number',
    'I opt out',
    'stop2quit',
    'leave me alone',
    'wrong number',
    'this is spam',
    'I will report you',
    'you will hear from my lawyer',
    'Stopp',
    'bitte abmelden',
    'arrêtez de m’écrire',
    'quiero darme de baja',
  ])('%j is suspected, and no opt-out by itself', (text) => {
    expect(meaningOf(text, { country: 'US' })).toBe('suspected')
  })
})

describe('a text that means nothing of the kind', () => {
  test.each([
    "don't stop!",
    'bus stop at 5?',
    'the end of the month works',
    "I'll be there till the end",
  ])('%j changes nothing', (text) => {
    expect(['ordinary', 'suspected']).toContain(meaningOf(text))
  })

  test.each([
    'ok',
    'start at 5?',
    'yes please send it to my sister',
    '👍',
    '',
    '!!!',
    'yes I will',
    'help me move on friday',
  ])('%j is ordinary', (text) => {
    expect(meaningOf(text)).toBe('ordinary')
  })
})

describe('words of a source', () => {
  const command = { action: 'opt-in', group: 'offers' } as const
  test('mean what it says, in every spelling', () => {
    const options = { keywords: { 'Join Us': command }, words: { optOut: ['Genug'] } }
    expect(readText('JOIN-US!', keywordTable(options))).toMatchObject({
      meaning: 'command',
      command,
    })
    expect(meaningOf('genug', options)).toBe('opt-out')
  })

  test('cannot take a word that means an opt-out', () => {
    const { faults } = keywordTable({ keywords: { cancel: command, '...': command } })
    expect(faults).toEqual([
      'cancel means opt-out already and cannot mean anything else',
      'a word is nothing but punctuation',
    ])
  })
})

test('a button means what the source says of its payload, and nothing else', () => {
  const buttons = { JOIN: { action: 'opt-in', group: 'offers' } } as const
  expect(readButton('JOIN', buttons).meaning).toBe('command')
  expect(readButton('stop', buttons).meaning).toBe('ordinary')
  expect(readButton('constructor', buttons).meaning).toBe('ordinary')
})

describe('the one spelling of a text', () => {
  test('is its own spelling', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const once = normaliseText(text)
        expect(normaliseText(once)).toBe(once)
      }),
    )
  })

  test('of a long text is that of its beginning', () => {
    expect(normaliseText(`stop ${'x'.repeat(5_000)}`).length).toBeLessThanOrEqual(1_600)
  })
})
