import { openSqliteDesk, openSqliteEventStore, openSqliteVault } from '@ledger/adapter-sqlite'
import { deskContract } from './desk-contract.ts'
import { eventStoreContract } from './event-store-contract.ts'
import { folderPlace } from './place.ts'
import { vaultContract } from './vault-contract.ts'

eventStoreContract(
  'sqlite',
  folderPlace((folder) => openSqliteEventStore({ path: `${folder}/log.db` })),
)
vaultContract(
  'sqlite',
  folderPlace((folder) => openSqliteVault({ path: `${folder}/vault.db` })),
)
deskContract(
  'sqlite',
  folderPlace((folder, options) => openSqliteDesk({ path: `${folder}/desk.db`, ...options })),
)
