import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'

type Closeable = { close(): Promise<void> }

/** An empty place of its own for one test: a file, a schema, a server. */
export type Place<Store, Options = undefined> = {
  /** Opens what is stored there; a second time after the first was closed. */
  readonly open: (options?: Options) => Promise<Store>
  readonly remove: () => Promise<void>
}

export type MakePlace<Store, Options = undefined> = () => Promise<Place<Store, Options>>

/** Gives each test of the suite around it a new place, and closes what the test opened in it. */
export function useStore<Store extends Closeable, Options = undefined>(
  makePlace: MakePlace<Store, Options>,
) {
  let place: Place<Store, Options>
  let opened: Store[] = []
  const open = async (options?: Options): Promise<Store> => {
    const store = await place.open(options)
    opened.push(store)
    return store
  }
  beforeEach(async () => {
    place = await makePlace()
  })
  afterEach(async () => {
    for (const store of opened) await store.close()
    opened = []
    await place.remove()
  })
  return {
    open,
    /** Closes the store and opens it again, as a restart does. */
    reopen: async (store: Store, options?: Options): Promise<Store> => {
      await store.close()
      return open(options)
    },
  }
}

/**
 * Gives all tests of the suite around it one store, which is quicker: for those that look only at
 * streams and addresses of their own.
 */
export function useSharedStore<Store extends Closeable>(
  makePlace: MakePlace<Store>,
): () => Promise<Store> {
  let place: Place<Store>
  let store: Store
  beforeAll(async () => {
    place = await makePlace()
    store = await place.open()
  })
  afterAll(async () => {
    await store.close()
    await place.remove()
  })
  return async () => store
}

/** A place in a temporary folder of its own. */
export function folderPlace<Store, Options = undefined>(
  open: (folder: string, options?: Options) => Promise<Store>,
): MakePlace<Store, Options> {
  return async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ledger-contract-'))
    return {
      open: (options) => open(folder, options),
      remove: () => rm(folder, { recursive: true }),
    }
  }
}
