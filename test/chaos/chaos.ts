/**
 * `npm run chaos -- --minutes 30 --seed 7`: a long run of load and faults with a judge at its end.
 * Ends with 1 on any finding.
 */
import { parseArgs } from 'node:util'
import { driftOf, findingsOf, quantile } from './findings.ts'
import { runLong } from './long-run.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
})
const [minutes, seed] = [Number(values.minutes), Number(values.seed)]
if (!(minutes > 0) || !Number.isInteger(seed)) {
  process.stderr.write('usage: npm run chaos -- [--minutes N] [--seed N]\n')
  process.exit(2)
}
const say = (line: string): void => void process.stdout.write(`${line}\n`)

say(`seed ${seed}, ${minutes} minutes`)
const { evidence, faults } = await runLong({
  seed,
  lastsMs: minutes * 60_000,
  calmMsMax: 5_000,
  say,
})
const took = evidence.visible.map(({ tookMs }) => tookMs)
const { first, last } = driftOf(evidence.visible)
const ms = (value: number): string => `${value.toFixed(1)} ms`
const rows: Readonly<Record<string, string | number>> = {
  seed,
  acknowledged: evidence.acknowledged.length,
  'events in the log': evidence.events.length,
  ...faults,
  'visible after, median': ms(quantile(took, 0.5)),
  'visible after, 99 of 100': ms(quantile(took, 0.99)),
  'visible after, longest': ms(quantile(took, 1)),
  'median in the first and last third': `${ms(first)}, ${ms(last)}`,
}
const width = Math.max(...Object.keys(rows).map((name) => name.length))
say('')
for (const [name, value] of Object.entries(rows)) say(`${name.padEnd(width)}  ${value}`)
const findings = findingsOf(evidence)
say('')
for (const finding of findings) say(`FOUND: ${finding}`)
say(findings.length === 0 ? 'nothing was lost, doubled or late' : `${findings.length} findings`)
process.exitCode = findings.length === 0 ? 0 : 1
