/** One kind of database file, and the settings measured for it. */
export type FileKind = {
  /** As messages name it. */
  readonly name: string
  /** The folder of its numbered SQL files under `migrations/`. */
  readonly migrations: string
  /** What SQLite's `application_id` of such a file is: four letters, so that `file` shows them. */
  readonly applicationId: number
  /** FULL survives a power cut; NORMAL may then forget the commits since the last checkpoint. */
  readonly synchronous: 'FULL' | 'NORMAL'
  readonly pageSizeBytes: number
  readonly cacheKibibytes: number
  /** A commit that leaves this many pages in the write-ahead log copies them into the file. */
  readonly autocheckpointPages: number
  /** True when deleted content is overwritten by zeros. */
  readonly isSecureDelete: boolean
}

export const logFile: FileKind = {
  name: 'event log',
  migrations: 'log',
  applicationId: 0x534c4c47, // SLLG
  synchronous: 'FULL',
  pageSizeBytes: 4096,
  cacheKibibytes: 64 * 1024,
  autocheckpointPages: 4_000,
  isSecureDelete: false,
}

export const vaultFile: FileKind = {
  name: 'vault',
  migrations: 'vault',
  applicationId: 0x534c5654, // SLVT
  synchronous: 'FULL',
  pageSizeBytes: 4096,
  cacheKibibytes: 64 * 1024,
  autocheckpointPages: 4_000,
  isSecureDelete: true,
}

export const deskFile: FileKind = {
  name: 'desk',
  migrations: 'desk',
  applicationId: 0x534c444b, // SLDK
  synchronous: 'NORMAL',
  pageSizeBytes: 4096,
  cacheKibibytes: 8 * 1024,
  autocheckpointPages: 1_000,
  isSecureDelete: false,
}

/** NORMAL: what a power cut takes from it, the projector applies again. */
export const readModelFile: FileKind = {
  name: 'read model',
  migrations: 'read-model',
  applicationId: 0x534c524d, // SLRM
  synchronous: 'NORMAL',
  pageSizeBytes: 4096,
  cacheKibibytes: 64 * 1024,
  autocheckpointPages: 4_000,
  isSecureDelete: false,
}
