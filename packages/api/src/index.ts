export { ensureAdminKey } from './admin-key.ts'
export type {
  AdminDoors,
  AppDeps,
  InPersonBatch,
  InPersonRow,
  ReadInPerson,
  Readiness,
  RebuildStatus,
} from './app-deps.ts'
export { buildApp } from './build-app.ts'
export type { KeyScope } from './door-scopes.ts'
export type { LastLine, MemberLine, PersonExport } from './schemas/exports.ts'
export { doorScopes, keyScopeSchema } from './door-scopes.ts'
export { errorsMarkdown } from './errors-page.ts'
export type { Caller, KeyRing, NewKey, OpenKeyRingOptions } from './keys.ts'
export { adminKeyLengthMin, openKeyRing } from './keys.ts'
export { bodyBytesMax, itemsMax } from './limits.ts'
