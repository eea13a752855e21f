import { describe, expect, test } from 'vitest'
import { edgeTexts, ordinaryTexts } from '../testing/ordinary-texts.ts'
import { keywordTable } from './keyword-table.ts'
import { readText } from './read-text.ts'

const table = keywordTable({})
const meant = (texts: readonly string[]) =>
  texts.map((text) => ({ text, meaning: readText(text, table).meaning }))

describe('ordinary texts', () => {
  test('are thousands, and none of them opts anybody in or out', () => {
    expect(ordinaryTexts.length).toBeGreaterThan(9_000)
    const acts = meant(ordinaryTexts).filter(
      ({ meaning }) => !['ordinary', 'suspected'].includes(meaning),
    )
    expect(acts).toEqual([])
    expect(meant(edgeTexts).some(({ meaning }) => meaning === 'opt-out')).toBe(false)
  })

  test('are suspected in one of a hundred at most', () => {
    const suspected = meant(ordinaryTexts).filter(({ meaning }) => meaning === 'suspected')
    expect(suspected.length / ordinaryTexts.length).toBeLessThanOrEqual(0.01)
  })
})
