import { createReadStream } from 'node:fs'
import type { Group } from '@ledger/domain'
import type { ImportForm, ReadRow, Recognised } from '@ledger/sources'
import { createImportRows } from '@ledger/sources'
import type { SurveyedFile } from './survey-file.ts'
import { pieceBytes } from './survey-file.ts'

/** A list about to be imported. */
export type ImportList = {
  readonly file: SurveyedFile
  readonly header: Extract<Recognised, { ok: true }>['header']
  readonly form: ImportForm
  readonly country: string | undefined
  readonly groups: ReadonlyMap<string, Group>
}

/** What one piece of the file holds, and how many rows were read with it. */
export type Piece = { readonly rows: readonly ReadRow[]; readonly rowsRead: number }

/**
 * Reads a list piece by piece, each on demand: no more of it is in memory than one piece and what
 * its rows became, however long the file is.
 */
export async function* readList(list: ImportList): AsyncGenerator<Piece> {
  const { file, header, form, country, groups } = list
  const reader = createImportRows({
    ...{ header, form, country, sha256: file.sha256 },
    channelOf: (group) => groups.get(group)?.channel,
  })
  const decoder = new TextDecoder()
  for await (const piece of createReadStream(file.path, { highWaterMark: pieceBytes })) {
    const rows = reader.push(decoder.decode(piece as Buffer, { stream: true }))
    yield { rows, rowsRead: reader.count() }
  }
  const rows = [...reader.push(decoder.decode()), ...reader.end()]
  yield { rows, rowsRead: reader.count() }
}
