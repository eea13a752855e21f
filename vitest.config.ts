import { defineConfig } from 'vitest/config'

/**
 * Two kinds of tests. Beside the source: pure or in memory, milliseconds each. Under `test/`: real
 * files, threads, processes and sockets. Benchmarks and runs of hours are no tests and have
 * commands of their own.
 */
export default defineConfig({
  test: {
    reporters: ['default', './test/support/case-counts.ts'],
    // No output of a passing test: what is printed is worth reading.
    silent: 'passed-only',
    passWithNoTests: false,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'services/*/src/**/*.test.ts'],
          testTimeout: 10_000,
        },
      },
      {
        test: {
          name: 'parts',
          include: ['test/**/*.test.ts'],
          exclude: ['test/bench/**'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
