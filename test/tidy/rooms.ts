/** What one room may take from where. */
export type Room = {
  /** The rooms it may import; `'any'` for who puts all of them together. */
  readonly rooms: readonly string[] | 'any'
  /** The npm packages it may import. */
  readonly packages: readonly string[]
  /** The built-in modules it may import, without `node:`. */
  readonly builtins: readonly string[]
  /**
   * Of the rooms named here only these values, and all types: readers stand on the ports of the
   * write path and must not be able to write.
   */
  readonly valuesFrom?: Readonly<Record<string, readonly string[]>>
}

/** The write path that readers may touch: how to fail, and how a group's event is read. */
const readersPart = ['applyGroupEvent', 'Outage']

/**
 * Who may import whom (ARCHITECTURE.md, "The rooms"). A technology stands in the row of one room;
 * zod, which only says what shapes are, in those that meet foreign data. A new room needs a row.
 */
export const rooms: Readonly<Record<string, Room>> = {
  'packages/domain': { rooms: [], packages: ['zod', 'libphonenumber-js'], builtins: [] },
  'packages/sources': {
    rooms: ['packages/domain'],
    packages: ['csv-parse', 'zod'],
    builtins: ['crypto'],
  },
  'packages/ledger': { rooms: ['packages/domain'], packages: [], builtins: ['crypto'] },
  'packages/read-models': {
    rooms: ['packages/domain', 'packages/ledger'],
    packages: [],
    builtins: [],
    valuesFrom: { 'packages/ledger': readersPart },
  },
  'packages/audit': {
    rooms: ['packages/domain', 'packages/ledger', 'packages/read-models'],
    packages: [],
    builtins: ['crypto'],
    valuesFrom: { 'packages/ledger': readersPart },
  },
  'packages/api': {
    rooms: [
      'packages/domain',
      'packages/sources',
      'packages/ledger',
      'packages/read-models',
      'packages/audit',
      'packages/runtime',
    ],
    packages: [
      'fastify',
      'fastify-type-provider-zod',
      '@fastify/swagger',
      '@fastify/swagger-ui',
      'zod',
    ],
    builtins: ['buffer', 'crypto', 'events', 'fs', 'http', 'net', 'timers/promises'],
  },
  // What others take into their own house: it asks by `fetch`, and needs nothing of ours.
  'packages/client': { rooms: [], packages: [], builtins: [] },
  'packages/runtime': {
    rooms: [],
    packages: ['close-with-grace', 'pino', 'prom-client', 'zod'],
    builtins: [],
  },
  'packages/adapter-sqlite': {
    rooms: ['packages/domain', 'packages/ledger', 'packages/read-models'],
    packages: [],
    builtins: ['events', 'fs', 'path', 'sqlite', 'worker_threads', 'zlib'],
  },
  'services/standalone': {
    rooms: 'any',
    packages: ['zod'],
    builtins: [
      'crypto',
      'events',
      'fs',
      'fs/promises',
      'module',
      'os',
      'path',
      'timers/promises',
      'url',
      'util',
      'v8',
      'worker_threads',
    ],
  },
}

/** What stands in one room only, so that it can be replaced there. */
export const technologies: Readonly<Record<string, string>> = {
  fastify: 'packages/api',
  'fastify-type-provider-zod': 'packages/api',
  '@fastify/swagger': 'packages/api',
  '@fastify/swagger-ui': 'packages/api',
  'node:http': 'packages/api',
  'node:net': 'packages/api',
  'node:sqlite': 'packages/adapter-sqlite',
  'libphonenumber-js': 'packages/domain',
  'csv-parse': 'packages/sources',
  pino: 'packages/runtime',
  'prom-client': 'packages/runtime',
  'close-with-grace': 'packages/runtime',
}
