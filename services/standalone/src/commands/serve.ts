import { createLifecycle, createLogger, readConfig, stopOnSignals } from '@ledger/runtime'
import { startStandalone } from '../compose.ts'
import { configSchema } from '../config.ts'
import { UsageError } from '../usage-error.ts'

/** Starts the ledger and tells a newcomer what to type next. */
export async function run(args: readonly string[]): Promise<number> {
  if (args.length > 0) throw new UsageError('serve takes no options, only environment variables')
  const config = readConfig(configSchema, process.env)
  const logger = createLogger({ level: config.LOG_LEVEL })
  const lifecycle = createLifecycle()
  stopOnSignals(lifecycle, logger)
  try {
    const { address, generatedAdminKey } = await startStandalone(config, lifecycle, logger)
    process.stdout.write(greeting(address, generatedAdminKey))
  } catch (error) {
    await lifecycle.stop()
    throw error
  }
  return 0
}

function greeting(address: string, adminKey: string | null): string {
  const key = adminKey ?? '$ADMIN_KEY'
  const curl = (method: string, path: string, body: object): string =>
    `curl -s -X ${method} ${address}${path} -H "authorization: Bearer ${key}" ` +
    `-H "content-type: application/json" -d '${JSON.stringify(body)}'`
  const phone = { kind: 'phone', value: '+12025550143' }
  const group = { name: 'Offers', channel: 'sms', brand: 'acme', purpose: 'marketing' }
  const optIn = {
    specversion: '1.0',
    type: 'subscription.opt-in',
    source: 'urn:acme:web',
    id: 'first-signal',
    data: {
      address: phone,
      scope: { group: 'offers' },
      actor: 'person',
      method: 'web-form',
      evidence: { disclosure: 'Send me offers by SMS', formUrl: 'https://acme.example/join' },
    },
  }
  return [
    `subscription ledger listening on ${address}`,
    ...(adminKey === null ? [] : [`admin key: ${adminKey}`]),
    '',
    'define a group, record an opt-in, ask whether you may message:',
    '',
    curl('PUT', '/v1/groups/offers', group),
    curl('POST', '/v1/signals', optIn),
    curl('POST', '/v1/permissions', { group: 'offers', addresses: [phone] }),
    '',
    `the doors are described at ${address}/docs`,
    '',
  ].join('\n')
}
