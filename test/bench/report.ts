/** What a figure is held to. */
export type Bar = {
  readonly atLeast?: number
  readonly atMost?: number
  /** Of the floor measured in the same run. */
  readonly shareOfFloor?: number
}

/** One measured figure, with its floor and what was asked of it. */
export type Figure = {
  readonly what: string
  readonly value: number
  readonly floor?: number
  readonly must?: Bar
  readonly goal?: Bar
  readonly note?: string
}

/** True when a figure meets a bar, all of it. */
export function meets({ value, floor }: Figure, bar: Bar): boolean {
  const { atLeast, atMost, shareOfFloor } = bar
  if (atLeast !== undefined && !(value >= atLeast)) return false
  if (atMost !== undefined && !(value <= atMost)) return false
  return shareOfFloor === undefined || (floor !== undefined && value / floor >= shareOfFloor)
}

const number = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toFixed(2)

function barText(figure: Figure, bar: Bar | undefined): string {
  if (bar === undefined) return ''
  const { atLeast, atMost, shareOfFloor } = bar
  const parts = [
    ...(atLeast === undefined ? [] : [`>= ${number(atLeast)}`]),
    ...(atMost === undefined ? [] : [`<= ${number(atMost)}`]),
    ...(shareOfFloor === undefined ? [] : [`${shareOfFloor} of floor`]),
  ]
  return `${parts.join(', ')} ${meets(figure, bar) ? 'met' : 'MISSED'}`
}

/** The figures as one table. */
export function printTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.what,
    number(figure.value),
    figure.floor === undefined ? '' : number(figure.floor),
    figure.floor === undefined ? '' : (figure.value / figure.floor).toFixed(2),
    barText(figure, figure.must),
    barText(figure, figure.goal),
    figure.note ?? '',
  ])
  const header = ['what', 'measured', 'floor', 'share', 'must', 'goal', 'note']
  const all = [header, ...rows]
  const widths = header.map((_, column) =>
    Math.max(...all.map((row) => (row[column] ?? '').length)),
  )
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
    .concat('\n')
}
