import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import type { Writes } from './write-group.ts'
import { runGroup } from './write-group.ts'

/** Writes that insert each letter of a word, and refuse at the letter x half-way through a word. */
function given(pragmas = '') {
  const database = new DatabaseSync(':memory:')
  onTestFinished(() => database.close())
  database.exec(`${pragmas}; CREATE TABLE letters (letter TEXT NOT NULL)`)
  const insert = database.prepare('INSERT INTO letters (letter) VALUES (?)')
  let groups = 0
  const writes: Writes<string, number> = {
    begin: () => {
      groups += 1
    },
    run: (word) => {
      for (const letter of word) {
        insert.run(letter === '-' ? null : letter)
        if (letter === 'x') throw new Error('expected no x')
      }
      return word.length
    },
    end: () => insert.run('.'),
  }
  const kept = (): string =>
    database
      .prepare('SELECT letter FROM letters')
      .all()
      .map(({ letter }) => letter)
      .join('')
  return { database, writes, kept, groups: () => groups }
}

test('a group is one transaction', () => {
  const { database, writes, kept, groups } = given()
  const answer = runGroup(database, writes, ['ab', 'c'])
  expect(answer).toEqual({ ok: true, replies: [2, 1], refusals: [] })
  expect(kept()).toBe('abc.')
  expect(groups()).toBe(1)
})

test('a request that throws half-way leaves nothing, and its neighbours stay', () => {
  const { database, writes, kept } = given()
  const answer = runGroup(database, writes, ['ab', 'cxd', 'e', 'fx', 'g'])
  expect(answer).toEqual({
    ok: true,
    replies: [2, null, 1, null, 1],
    refusals: [
      [1, 'expected no x'],
      [3, 'expected no x'],
    ],
  })
  expect(kept()).toBe('abeg.')
})

test('a request that the database refuses fails alone as well', () => {
  const { database, writes, kept } = given()
  const answer = runGroup(database, writes, ['a', 'b-', 'c'])
  expect(answer).toMatchObject({ ok: true, replies: [1, null, 1] })
  expect(kept()).toBe('ac.')
})

test('a disk that is full fails the whole group, and later groups may work', () => {
  const { database, writes, kept } = given('PRAGMA page_size = 512; PRAGMA max_page_count = 4')
  const full = runGroup(database, writes, ['a', 'b'.repeat(1_000)])
  expect(full).toMatchObject({ ok: false, errorCode: 13 })
  expect(database.isTransaction).toBe(false)
  expect(kept()).toBe('')
  expect(runGroup(database, writes, ['c'])).toMatchObject({ ok: true })
  expect(kept()).toBe('c.')
})

test('a failure at the end fails the whole group', () => {
  const { database, writes, kept } = given()
  const end = () => {
    throw new Error('the end')
  }
  const answer = runGroup(database, { ...writes, end }, ['a'])
  expect(answer).toEqual({ ok: false, errorCode: null, message: 'the end' })
  expect(kept()).toBe('')
})
