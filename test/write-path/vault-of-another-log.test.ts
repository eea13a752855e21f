import { expect, test } from 'vitest'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteDesk, openSqliteEventStore, openSqliteVault } from '@ledger/adapter-sqlite'
import { openLedger, VaultOfAnotherLog } from '@ledger/ledger'

test('a vault beside a new, empty log is refused: nobody’s STOP may be forgotten', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ledger-other-log-'))
  const masterKey = Buffer.alloc(32, 7)
  const now = (): number => 1_700_000_000_000_000
  try {
    for (const log of ['first.db', 'second.db']) {
      const store = await openSqliteEventStore({ path: join(folder, log) })
      const vault = await openSqliteVault({ path: join(folder, 'vault.db') })
      const desk = await openSqliteDesk({ path: join(folder, 'desk.db') })
      const opened = openLedger({ store, vault, desk, masterKey, now })
      if (log === 'first.db') await opened
      else await expect(opened).rejects.toThrow(VaultOfAnotherLog)
      for (const each of [store, vault, desk]) await each.close()
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})
