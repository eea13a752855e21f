import closeWithGrace from 'close-with-grace'

/** How long everything together may take to stop. */
export const stopMsMaxDefault = 10_000

/** Said when not everything had stopped in time; names what was still open. */
export class StopTimeout extends Error {
  constructor(stopMsMax: number, open: readonly string[]) {
    super(`still open after ${stopMsMax} ms: ${open.join(', ')}`)
    this.name = 'StopTimeout'
  }
}

type Release = () => Promise<void> | void

/** What a process has opened, and how it is closed again. */
export type Lifecycle = {
  /** Says how something just opened is closed. What opens last closes first. */
  readonly onStop: (name: string, release: Release) => void
  /**
   * Closes everything once, last in first out. Every release runs, also after one has failed;
   * rejects with the first error, or with `StopTimeout`. Called again it gives the same promise.
   */
  readonly stop: () => Promise<void>
  readonly isStopping: () => boolean
}

export function createLifecycle({
  stopMsMax = stopMsMaxDefault,
}: { readonly stopMsMax?: number } = {}): Lifecycle {
  const open: { readonly name: string; readonly release: Release }[] = []
  let stopped: Promise<void> | null = null
  let isDone = false

  const releaseAll = async (): Promise<void> => {
    const errors: unknown[] = []
    // Read anew each round: what is opened while we stop is closed as well.
    for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
      try {
        await last.release()
      } catch (error) {
        errors.push(error)
      }
      open.splice(open.indexOf(last), 1)
    }
    isDone = true
    if (errors.length > 0) throw errors[0]
  }

  const stopInTime = async (): Promise<void> => {
    let timer: NodeJS.Timeout | undefined
    const tooLate = new Promise<never>((_resolve, reject) => {
      const giveUp = () =>
        reject(
          new StopTimeout(
            stopMsMax,
            open.map(({ name }) => name),
          ),
        )
      timer = setTimeout(giveUp, stopMsMax)
    })
    try {
      await Promise.race([releaseAll(), tooLate])
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    onStop: (name, release) => {
      if (isDone) throw new Error(`${name} was opened after everything had stopped`)
      open.push({ name, release })
    },
    stop: () => (stopped ??= stopInTime()),
    isStopping: () => stopped !== null,
  }
}

/** Where a stop is told; any logger of ours fits. */
export type StopLog = {
  readonly info: (fields: object, message: string) => void
  readonly error: (fields: object, message: string) => void
}

/**
 * Ends the process with grace: the first SIGINT or SIGTERM, an uncaught error or an empty event
 * loop stops the lifecycle, the second signal forces. The exit status is true: 0 only when
 * everything was closed and nothing had failed. Returns how to stop by hand, and how to take the
 * listeners off again.
 */
export function stopOnSignals(
  lifecycle: Lifecycle,
  log: StopLog,
  { stopMsMax = stopMsMaxDefault }: { readonly stopMsMax?: number } = {},
): { readonly close: () => void; readonly uninstall: () => void } {
  // A little longer than the lifecycle's own bound, which knows the names of what is still open.
  const delay = stopMsMax + 1_000
  const options: closeWithGrace.Options = {
    delay,
    logger: false,
    onSecondSignal: (signal) => log.error({ signal }, 'second signal: stopping at once'),
    onSecondError: (err) => log.error({ err }, 'an error while stopping: stopping at once'),
    onTimeout: () => log.error({}, 'stopping took too long'),
  }
  return closeWithGrace(options, async ({ err, signal }) => {
    if (err !== undefined) log.error({ err }, 'stopping after an error')
    else log.info({ signal }, 'stopping')
    try {
      await lifecycle.stop()
    } catch (error) {
      log.error({ err: error }, 'not everything stopped cleanly')
      throw error
    }
    log.info({}, 'stopped')
  })
}
