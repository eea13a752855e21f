export type { AddressBook, ResolvedSubject } from './address-book.ts'
export { addressBook } from './address-book.ts'
export type {
  Attempt,
  Decision,
  Desk,
  KeptBody,
  ParkedEvent,
  Review,
  ReviewFile,
  StoredKey,
} from './desk.ts'
export { canonicalJson } from './content-digest.ts'
export type {
  AppendOptions,
  AppendResult,
  EventReader,
  EventStore,
  NewEvent,
  Placed,
  RecordedEvent,
} from './event-store.ts'
export type { GroupCatalogue, GroupChange } from './group-catalogue.ts'
export { applyGroupEvent } from './group-catalogue.ts'
export type { Keyring } from './keyring.ts'
export {
  changeMasterKey,
  isMasterKeyOf,
  keyBytes,
  openKeyring,
  VaultOfAnotherLog,
  WrongMasterKey,
} from './keyring.ts'
export type { Fence, Ledger, OpenLedgerOptions } from './open-ledger.ts'
export { LogOlderThanVault, openLedger, VaultOlderThanLog } from './open-ledger.ts'
export type { OutageCode } from './outage.ts'
export { Outage, outageCodes } from './outage.ts'
export { parkAtDesk } from './parked-events.ts'
export type { RecordOutcome } from './record-outcome.ts'
export type { RecordingClock } from './recording-clock.ts'
export { recordingClock } from './recording-clock.ts'
export type { Finding, Said } from './review-findings.ts'
export { openReviewed, recordFinding } from './review-findings.ts'
export type { SealedPlace } from './seal-event.ts'
export { openEvent, sealEvent } from './seal-event.ts'
export { uuidV7 } from './uuid.ts'
export type {
  ClaimResult,
  NewClaim,
  NewSubject,
  SubjectEntry,
  Vault,
  VaultSecrets,
} from './vault.ts'
