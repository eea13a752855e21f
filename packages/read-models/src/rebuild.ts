import { createProjector } from './projector.ts'
import type { ProjectorOptions } from './projector.ts'
import type { Checkpoint } from './read-model.ts'

/** How far a rebuild has come; the last report has `isDone`. */
export type RebuildProgress = {
  readonly applied: number
  readonly checkpoint: Checkpoint
  readonly isDone: boolean
}

/**
 * Fills an empty read model from the log until it has caught up once. What it builds is the live
 * model row for row, because it is made by the same steps.
 * @param isCancelled asked between steps; true stops the rebuild, and what was built is of no use
 * @returns the number of events applied, or null when cancelled
 */
export async function rebuild(
  options: ProjectorOptions,
  onProgress: (progress: RebuildProgress) => void,
  isCancelled: () => boolean,
): Promise<number | null> {
  const projector = createProjector(options)
  let applied = 0
  for (;;) {
    if (isCancelled()) return null
    const { applied: more, checkpoint, isCaughtUp } = await projector.step()
    applied += more
    onProgress({ applied, checkpoint, isDone: isCaughtUp })
    if (isCaughtUp) return applied
    // Steps may be done without ever waiting; whoever cancels needs a turn of the event loop.
    await new Promise(setImmediate)
  }
}
