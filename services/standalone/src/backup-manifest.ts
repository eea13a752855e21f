import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { moveFile } from './key-file.ts'

/** The files of a backup; the master key only where it is part of it. */
export const backedUpFiles = ['log.db', 'vault.db', 'desk.db', 'master.key'] as const
export type BackedUpFile = (typeof backedUpFiles)[number]

const fileSchema = z.object({ bytes: z.int(), sha256: z.string().regex(/^[0-9a-f]{64}$/) })

const manifestSchema = z.object({
  /** The form of the backup, which a restore must know. */
  format: z.literal(1),
  madeAt: z.iso.datetime(),
  /** The version of the ledger that made it. */
  madeBy: z.string(),
  logId: z.string(),
  /** The last event in it; null for an empty log. */
  logEnd: z.string().nullable(),
  /** The last claim in it; there may be more claims than events, never fewer. */
  lastClaim: z.int(),
  files: z.partialRecord(z.enum(backedUpFiles), fileSchema),
})

/**
 * What a backup says of itself. It is written last: a folder without one is no backup, whatever
 * else is in it.
 */
export type BackupManifest = z.output<typeof manifestSchema>
export type FileSum = z.output<typeof fileSchema>

const nameOf = (folder: string): string => join(folder, 'backup.json')

/** Said when a folder is no backup that can be restored. */
export class NoBackup extends Error {
  constructor(folder: string, because: string) {
    super(`${folder} is no backup to restore from: ${because}`)
    this.name = 'NoBackup'
  }
}

/** Writes the manifest durably, whole or not at all. */
export function writeManifest(folder: string, manifest: BackupManifest): void {
  const draft = `${nameOf(folder)}.draft`
  writeFileSync(draft, `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600, flush: true })
  moveFile(draft, nameOf(folder))
}

/**
 * Reads what a backup says of itself.
 * @throws NoBackup when it says nothing, as after an interruption, or nothing that can be read
 */
export function readManifest(folder: string): BackupManifest {
  if (!existsSync(nameOf(folder))) {
    throw new NoBackup(folder, 'it has no backup.json; was the backup interrupted?')
  }
  let json: unknown
  try {
    json = JSON.parse(readFileSync(nameOf(folder), 'utf8'))
  } catch (cause) {
    throw new NoBackup(folder, `backup.json cannot be read: ${(cause as Error).message}`)
  }
  const parsed = manifestSchema.safeParse(json)
  if (parsed.success) return parsed.data
  const fields = parsed.error.issues.map(({ path }) => path.join('.')).join(', ')
  throw new NoBackup(folder, `backup.json is of another form: ${fields}`)
}

/** The size of a file and the SHA-256 of its bytes. */
export async function sumOf(path: string): Promise<FileSum> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return { bytes: statSync(path).size, sha256: hash.digest('hex') }
}
