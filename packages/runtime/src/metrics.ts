import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

type Named<Label extends string> = {
  readonly name: string
  readonly help: string
  readonly labels?: readonly Label[]
}

/** A number that only grows. */
export type CounterMetric<Label extends string> = {
  readonly add: (labels: Readonly<Record<Label, string | number>>, by?: number) => void
}

/** How often a measurement fell where. */
export type HistogramMetric<Label extends string> = {
  readonly observe: (labels: Readonly<Record<Label, string | number>>, value: number) => void
}

/** The metrics of one process, in a registry of their own. No label may hold personal data. */
export type Metrics = {
  readonly counter: <Label extends string>(options: Named<Label>) => CounterMetric<Label>
  readonly histogram: <Label extends string>(
    options: Named<Label> & { readonly buckets: readonly number[] },
  ) => HistogramMetric<Label>
  /** A gauge that is read when somebody asks; null leaves it out. */
  readonly gauge: (
    options: Named<never> & { readonly read: () => Promise<number | null> | number | null },
  ) => void
  /** Everything in the text format of Prometheus. */
  readonly text: () => Promise<string>
  readonly contentType: string
}

/**
 * @param options.isProcessMeasured also measures the process: CPU, memory, event loop, garbage
 * collection. Costs a timer and an observer for the life of the process.
 */
export function createMetrics({
  isProcessMeasured = true,
}: { readonly isProcessMeasured?: boolean } = {}): Metrics {
  const registry = new Registry()
  const registers = [registry]
  if (isProcessMeasured) collectDefaultMetrics({ register: registry })
  return {
    counter: ({ name, help, labels = [] }) => {
      const counter = new Counter({ name, help, labelNames: [...labels], registers })
      return { add: (values, by = 1) => counter.inc(values, by) }
    },
    histogram: ({ name, help, labels = [], buckets }) => {
      const histogram = new Histogram({
        name,
        help,
        labelNames: [...labels],
        buckets: [...buckets],
        registers,
      })
      return { observe: (values, value) => histogram.observe(values, value) }
    },
    gauge: ({ name, help, read }) => {
      new Gauge({
        name,
        help,
        registers,
        async collect() {
          const value = await read()
          if (value === null) this.remove({})
          else this.set(value)
        },
      })
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}
