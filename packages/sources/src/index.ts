export type { ImportForm, Recognised } from './import-form.ts'
export { importForms, recogniseImport } from './import-form.ts'
export type { ImportFile, ImportRows } from './import-rows.ts'
export { createImportRows } from './import-rows.ts'
export { notUtf8, problemOfBytes } from './file-kind.ts'
export type { InPersonBatch } from './in-person.ts'
export { readInPersonBatch } from './in-person.ts'
export type {
  Disbelief,
  MessagePart,
  Provider,
  ReadContext,
  Reading,
  ReadSignal,
  SourceAnswer,
  Verdict,
  VerifyContext,
} from './provider.ts'
export { providers } from './provider-table.ts'
export type { SendFailure } from './send-failures.ts'
export { failingProviders, failureSignals } from './send-failures.ts'
export type { RawRequest } from './raw-request.ts'
export type { ReadSources, Source, SourceFault } from './source-config.ts'
export { readSources } from './source-config.ts'
export { hasCredentials } from './credentials.ts'
export type { ReadRow, RowEvent } from './read-row.ts'
export { csvLine } from './spreadsheet-cell.ts'
