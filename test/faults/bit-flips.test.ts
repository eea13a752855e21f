import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openSqliteEventReader, openSqliteReadModelReader } from '@ledger/adapter-sqlite'
import type { SubjectId } from '@ledger/domain'
import { expect, test } from 'vitest'
import { defineGroups } from '../support/groups.ts'
import { openTestLedger } from '../support/open-test-ledger.ts'
import { openTestReadModel } from '../support/open-test-read-model.ts'
import { seeded } from '../support/seeded.ts'
import { acts, phoneOf } from '../support/signals.ts'
import { tempFolder } from '../support/temp-folder.ts'

const flips = Number(process.env['BIT_FLIPS'] ?? 250)
const people = Array.from({ length: 20 }, (_, index) => phoneOf(index + 1))

/** Something that is read from a file, piece by piece, each with what it is found by. */
type Pieces = ReadonlyMap<string, unknown>

type Rest = { readonly folder: string; readonly subjects: readonly SubjectId[] }

/** A ledger at rest, of people who opted in, half of whom said STOP. */
async function ledgerAtRest(): Promise<Rest> {
  const ledger = await openTestLedger()
  await defineGroups(ledger.ledger.groups)
  for (const each of people) await ledger.record(acts.webOptIn(each, 'offers'))
  for (const each of people.slice(10)) await ledger.record(acts.stop(each))
  const followed = await openTestReadModel(ledger)
  await followed.catchUp()
  const subjects = await Promise.all(people.map(ledger.subjectOf))
  await followed.readModel.close()
  await ledger.close()
  return { folder: ledger.folder, subjects }
}

async function readLog(path: string): Promise<Pieces> {
  const reader = await openSqliteEventReader({ path })
  try {
    const events = await reader.readAll(null, 10_000)
    // The sealed part has a seal of its own, and of a log with another id the vault says that it is
    // not its own.
    return new Map(events.map(({ sealed: _, position, ...event }) => [position.slice(-16), event]))
  } finally {
    await reader.close()
  }
}

async function readRecords(path: string, { subjects }: Rest): Promise<Pieces> {
  const reader = await openSqliteReadModelReader({ path })
  try {
    return (await reader.snapshot(subjects)).rows
  } finally {
    await reader.close()
  }
}

test.each([
  ['log.db', readLog],
  ['read-model-1.db', readRecords],
] as const)(
  'whatever bit of %s flips, nothing is read that was not written',
  async (name, read) => {
    const rest = await ledgerAtRest()
    const original = join(rest.folder, name)
    const written = await read(original, rest)
    expect(written.size).toBeGreaterThanOrEqual(people.length)
    const path = join(tempFolder(), name)
    const seed = Number(process.env['BIT_FLIPS_SEED'] ?? Date.now() % 1_000_000)
    const random = seeded(seed)
    const bytes = readFileSync(original)
    let refused = 0
    for (let turn = 0; turn < flips; turn += 1) {
      const [at, bit] = [Math.floor(random() * bytes.length), Math.floor(random() * 8)]
      copyFileSync(original, path)
      const flipped = Buffer.from(bytes)
      flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << bit), at)
      writeFileSync(path, flipped)
      const found = await read(path, rest).catch((error: unknown) => {
        expect(error).toBeInstanceOf(Error)
        refused += 1
        return new Map<string, unknown>()
      })
      for (const [key, piece] of found) {
        expect(piece, `bit ${bit} of byte ${at}, seed ${seed}`).toEqual(written.get(key))
      }
    }
    // The flips reached what is read.
    expect(refused).toBeGreaterThan(0)
  },
)
