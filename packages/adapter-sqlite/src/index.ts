export { openSqliteDesk } from './desk.ts'
export { openSqliteEventReader } from './event-reader.ts'
export { openSqliteEventStore } from './event-store.ts'
export { takeFolderLock } from './folder-lock.ts'
export { IncompatibleDatabase } from './incompatible-database.ts'
export { eventChecksum } from './row-checksums.ts'
export { isDamage } from './sqlite-failure.ts'
export { ForeignPosition, positionNumber } from './position.ts'
export {
  openSqliteReadModel,
  openSqliteReadModelBuild,
  openSqliteReadModelReader,
} from './read-model.ts'
export type { VaultReader } from './vault.ts'
export { openSqliteVault, openSqliteVaultReader } from './vault.ts'
