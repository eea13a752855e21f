export { sync } from './database-file.ts'
export { openSqliteDesk } from './desk.ts'
export { openSqliteEventReader } from './event-reader.ts'
export { openSqliteEventStore } from './event-store.ts'
export { takeFolderLock } from './folder-lock.ts'
export { openSqliteEventOrder } from './event-order.ts'
export { IncompatibleDatabase } from './incompatible-database.ts'
export { eventChecksum } from './row-checksums.ts'
export { ForeignPosition, positionNumber } from './position.ts'
export {
  openSqliteReadModel,
  openSqliteReadModelBuild,
  openSqliteReadModelReader,
} from './read-model.ts'
export type { VaultReader } from './vault.ts'
export { openSqliteVault, openSqliteVaultReader } from './vault.ts'
export { isGarbled } from './sqlite-failure.ts'
export { openSqliteReadModelTables } from './read-model-tables.ts'
export { openSqliteVaultAudit } from './vault-audit.ts'
export type { WholeFile } from './whole-file.ts'
export { checkSqliteFile, copySqliteFile } from './whole-file.ts'
