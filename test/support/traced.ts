import { spawnSync } from 'node:child_process'

/** Why a test that injects faults into system calls cannot run; null when it can. */
export const cannotTrace: string | null =
  spawnSync('strace', ['-f', '-qq', '-o', '/dev/null', 'true']).status === 0
    ? null
    : 'strace is not installed or may not trace here'
