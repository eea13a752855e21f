/** Said when a file is not what it should be: another kind, a newer version, no database at all. */
export class IncompatibleDatabase extends Error {
  readonly fileKind: string
  readonly expected: string
  readonly found: string

  constructor(fileKind: string, expected: string, found: string, options?: { cause?: unknown }) {
    super(
      `this is no ${fileKind} that can be opened: expected ${expected}, found ${found}`,
      options,
    )
    this.name = 'IncompatibleDatabase'
    this.fileKind = fileKind
    this.expected = expected
    this.found = found
  }
}

/** Said when a file is of the right kind, and SQLite finds it damaged. */
export class DamagedDatabase extends Error {
  constructor(fileKind: string, cause: unknown) {
    const found = cause instanceof Error ? cause.message : String(cause)
    super(`the ${fileKind} is damaged: ${found}`, { cause })
    this.name = 'DamagedDatabase'
  }
}
