import { expect, test } from 'vitest'
import { createLogger } from './log.ts'

function openLog() {
  const lines: string[] = []
  const logger = createLogger({ level: 'debug', to: { write: (line) => void lines.push(line) } })
  return { logger, lines }
}

test('a line says when, how grave and what', () => {
  const { logger, lines } = openLog()
  logger.info({ status: 503 }, 'a request met an outage')
  const line = JSON.parse(lines[0] ?? '') as Record<string, unknown>
  expect(line).toMatchObject({ level: 'info', status: 503, msg: 'a request met an outage' })
  expect(String(line['time'])).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/)
})

test('what may hold a person or a secret is left out at every depth', () => {
  const { logger, lines } = openLog()
  const secret = '+12025550101'
  const request = { url: `/x?p=${secret}`, headers: { authorization: secret }, body: secret }
  logger.info({ address: secret, req: request, deep: { er: { token: secret } } }, 'asked')
  expect(lines.join()).not.toContain(secret)
})

test('an error is told without the fields that a driver or a validation hung on it', () => {
  const { logger, lines } = openLog()
  const cause = Object.assign(new Error('disk full'), { code: 'ENOSPC', params: ['+12025550101'] })
  logger.error({ err: new Error('cannot write', { cause }) }, 'failed')
  expect(lines.join()).not.toContain('+12025550101')
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    err: { type: 'Error', message: 'cannot write', cause: { code: 'ENOSPC' } },
  })
})
