import { openSqliteReadModel } from '@ledger/adapter-sqlite'
import { folderPlace } from './place.ts'
import { readModelContract } from './read-model-contract.ts'

readModelContract(
  'sqlite',
  folderPlace((folder) => openSqliteReadModel({ path: `${folder}/read-model.db` })),
)
