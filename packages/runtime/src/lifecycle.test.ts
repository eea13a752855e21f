import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { createLifecycle, StopTimeout } from './lifecycle.ts'

test('what opened last closes first', async () => {
  const lifecycle = createLifecycle()
  const closed: string[] = []
  for (const name of ['log', 'vault', 'doors']) {
    lifecycle.onStop(name, () => void closed.push(name))
  }
  await lifecycle.stop()
  expect(closed).toEqual(['doors', 'vault', 'log'])
})

test('every release runs, and the first error is kept', async () => {
  const lifecycle = createLifecycle()
  const closed: string[] = []
  lifecycle.onStop('log', () => void closed.push('log'))
  lifecycle.onStop('vault', () => Promise.reject(new Error('second')))
  lifecycle.onStop('doors', () => Promise.reject(new Error('first')))
  await expect(lifecycle.stop()).rejects.toThrow('first')
  expect(closed).toEqual(['log'])
})

test('stopping twice stops once', async () => {
  const lifecycle = createLifecycle()
  let count = 0
  lifecycle.onStop('log', () => void (count += 1))
  await Promise.all([lifecycle.stop(), lifecycle.stop()])
  expect(count).toBe(1)
  expect(lifecycle.isStopping()).toBe(true)
})

test('a release that hangs is named when the time is up', async () => {
  const lifecycle = createLifecycle({ stopMsMax: 20 })
  lifecycle.onStop('log', () => {})
  lifecycle.onStop('projector', () => new Promise(() => {}))
  const stopped = lifecycle.stop()
  await expect(stopped).rejects.toThrow(StopTimeout)
  await expect(stopped).rejects.toThrow('log, projector')
})

test('what is opened while stopping is closed as well, and after that refused', async () => {
  const lifecycle = createLifecycle()
  const closed: string[] = []
  lifecycle.onStop('doors', () => {
    lifecycle.onStop('late', () => void closed.push('late'))
  })
  await lifecycle.stop()
  expect(closed).toEqual(['late'])
  expect(() => lifecycle.onStop('later', () => {})).toThrow('later')
})

/** Runs a process that stops on signals; gives how it ended. */
async function runUntil(release: string, signals: readonly NodeJS.Signals[]) {
  const script = `
    import { createLifecycle, stopOnSignals } from '${import.meta.resolve('./lifecycle.ts')}'
    const lifecycle = createLifecycle({ stopMsMax: 300 })
    lifecycle.onStop('thing', ${release})
    const say = (_fields, message) => process.stdout.write(message + '\\n')
    stopOnSignals(lifecycle, { info: say, error: say }, { stopMsMax: 300 })
    setInterval(() => {}, 1_000)
    process.stdout.write('up\\n')`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script])
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const exited = once(child, 'exit')
  for (const [index, signal] of signals.entries()) {
    while (said.split('\n').length < index + 2) await new Promise((next) => setTimeout(next, 10))
    child.kill(signal)
  }
  const [code] = (await exited) as [number | null]
  return { code, said: said.trim().split('\n') }
}

test('a first signal stops with grace and status 0', async () => {
  expect(await runUntil('async () => {}', ['SIGTERM'])).toEqual({
    code: 0,
    said: ['up', 'stopping', 'stopped'],
  })
})

test('a release that fails makes the status 1', async () => {
  const ended = await runUntil('async () => { throw new Error("no") }', ['SIGINT'])
  expect(ended).toEqual({ code: 1, said: ['up', 'stopping', 'not everything stopped cleanly'] })
})

test('a release that hangs makes the status 1, in time', async () => {
  const ended = await runUntil('() => new Promise(() => {})', ['SIGTERM'])
  expect(ended).toEqual({ code: 1, said: ['up', 'stopping', 'not everything stopped cleanly'] })
})

test('a second signal forces', async () => {
  const ended = await runUntil('() => new Promise(() => {})', ['SIGINT', 'SIGINT'])
  expect(ended).toEqual({ code: 1, said: ['up', 'stopping', 'second signal: stopping at once'] })
})
