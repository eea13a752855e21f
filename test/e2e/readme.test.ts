import { execFile, spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const readme = read('README.md')

type Block = { readonly language: string; readonly text: string }

const blocks: readonly Block[] = [...readme.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].map(
  ([, language = '', text = '']) => ({ language, text: text.trim() }),
)
const commands = blocks.flatMap(({ language, text }) => (language === 'sh' ? [text] : []))

/** Each request that README prints, with the answer printed behind it. */
const requests = blocks.flatMap(({ text }, index) => {
  const answer = blocks[index + 1]
  if (!text.startsWith('curl ')) return []
  return [{ command: text, answer: answer?.language === 'json' ? answer.text : 'null' }]
})

/** What differs from run to run; README shows an example of it. */
const volatile: ReadonlySet<string> = new Set([
  'asOf',
  'decisiveEventId',
  'eventId',
  'lagMs',
  'position',
])

/** An answer with what differs from run to run replaced by its kind. */
function settled(value: unknown, key = ''): unknown {
  if (volatile.has(key)) return typeof value
  if (Array.isArray(value)) return value.map((each) => settled(each))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, settled(each, name)]),
  )
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** The environment of a newcomer, who has set nothing yet. */
function newcomersEnv(own: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const { ADMIN_KEY: _key, LEDGER_MASTER_KEY: _master, LOG_LEVEL: _level, ...env } = process.env
  return { ...env, ...own }
}

const hasCurl = spawnSync('curl', ['--version']).status === 0

const startLimitMs = 60_000
const adminKeyLine = /^admin key: (\S+)$/m

describe('the README', () => {
  let dataDir: string
  let port: number
  let ledger: ChildProcess
  let printed = ''

  const run = async (command: string): Promise<string> => {
    const ADMIN_KEY = adminKeyLine.exec(printed)?.[1] ?? ''
    const { stdout } = await promisify(execFile)('bash', ['-c', command], {
      cwd: root,
      env: newcomersEnv({ DATA_DIR: dataDir, ADMIN_KEY }),
    })
    return stdout
  }
  const ask = async (command: string): Promise<unknown> =>
    JSON.parse(await run(command.replace('127.0.0.1:8080', `127.0.0.1:${port}`)))

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'ledger-readme-'))
    port = await freePort()
    const [start = ''] = commands
    // A process group of its own, so that Ctrl-C reaches all of it, as on a terminal.
    ledger = spawn('bash', ['-c', start], {
      cwd: root,
      detached: true,
      env: newcomersEnv({ DATA_DIR: dataDir, PORT: String(port) }),
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    ledger.stdout?.setEncoding('utf8').on('data', (text: string) => {
      printed += text
    })
    await vi.waitFor(() => expect(printed).toContain('/docs'), startLimitMs)
  }, startLimitMs)

  afterAll(async () => {
    if (ledger.pid !== undefined && ledger.exitCode === null) {
      const exited = once(ledger, 'exit')
      process.kill(-ledger.pid, 'SIGINT')
      await exited
    }
    await rm(dataDir, { recursive: true, force: true })
  })

  test('starts with the command that starts the ledger', () => {
    expect(commands[0]).toBe('npm start')
    expect(printed).toContain(`listening on http://127.0.0.1:${port}`)
    expect(printed).toMatch(adminKeyLine)
  })

  test('prints three requests, each with its answer', () => {
    expect(requests).toHaveLength(3)
  })

  test.for(requests)('$command', async ({ command, answer }, { skip }) => {
    skip(!hasCurl, 'curl is not installed')
    const expected = settled(JSON.parse(answer))
    // State follows its events by some milliseconds.
    await vi.waitFor(async () => expect(settled(await ask(command))).toEqual(expected), 5_000)
  })

  test('prints the requests that the ledger prints when it starts', () => {
    const bodies = (text: string): readonly unknown[] =>
      [...text.matchAll(/-d '([^']+)'/g)].map(([, body = '']) => JSON.parse(body) as unknown)
    expect(bodies(readme)).toEqual(bodies(printed))
    const doors = (text: string): readonly string[] =>
      [...text.matchAll(/-X (\w+ )http:\/\/[^/]+(\S+)/g)].map(
        ([, method, path]) => `${method}${path}`,
      )
    expect(doors(readme)).toEqual(doors(printed))
  })

  test.for(commands.filter((command) => command.startsWith('npm run ledger')))(
    '%s',
    async (command) => {
      expect(await run(command)).not.toBe('')
    },
  )

  test('names no command that package.json does not have', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    const named = [...readme.matchAll(/\bnpm (?:run )?(start|test|[a-z]+)(?= |\n|`)/g)]
    const own = named.map(([, name = '']) => name).filter((name) => name !== 'and')
    expect(own.filter((name) => scripts[name] === undefined)).toEqual([])
  })

  test('lists the variables that the ledger reads', () => {
    const config = read('services/standalone/src/config.ts')
    const known = [...config.matchAll(/^ {2}([A-Z_]+):/gm)].map(([, name]) => name)
    const listed = [...readme.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name]) => name)
    expect(listed).toEqual(known)
  })
})
