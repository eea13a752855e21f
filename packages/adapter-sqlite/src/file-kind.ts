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
  /**
   * Page cache of the writing and of each reading connection. All of them together stay below 150
   * MB of a process; what they do not hold, the system's own cache mostly does.
   */
  readonly cacheKibibytes: { readonly writing: number; readonly reading: number }
  /**
   * A commit that leaves this many pages in the write-ahead log copies them into the file. The log
   * takes a page at random for every event of a known subject; the longer its write-ahead log, the
   * more of these are copied once instead of twice: 18 us of processor time per event with 64 MiB,
   * 22 with 16 MiB. The vault writes few random pages (`key-index.ts`): there the length makes no
   * difference, and a commit that copies 16 MiB keeps others waiting for less long.
   */
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
  cacheKibibytes: { writing: 24 * 1024, reading: 4 * 1024 },
  autocheckpointPages: 16_000,
  isSecureDelete: false,
}

export const vaultFile: FileKind = {
  name: 'vault',
  migrations: 'vault',
  applicationId: 0x534c5654, // SLVT
  synchronous: 'FULL',
  pageSizeBytes: 4096,
  cacheKibibytes: { writing: 40 * 1024, reading: 24 * 1024 },
  autocheckpointPages: 4_000,
  isSecureDelete: true,
}

export const deskFile: FileKind = {
  name: 'desk',
  migrations: 'desk',
  applicationId: 0x534c444b, // SLDK
  synchronous: 'NORMAL',
  pageSizeBytes: 4096,
  cacheKibibytes: { writing: 4 * 1024, reading: 2 * 1024 },
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
  cacheKibibytes: { writing: 32 * 1024, reading: 16 * 1024 },
  autocheckpointPages: 4_000,
  isSecureDelete: false,
}
