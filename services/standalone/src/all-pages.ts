import type { RunningLedger } from './running-ledger.ts'

/** A page of any list of the doors. */
type Page = { readonly items: readonly unknown[]; readonly cursor: string | null }

const pageSize = 1_000

/** All items of a list, read page by page. */
export async function allPages(
  { send }: Pick<RunningLedger, 'send'>,
  path: string,
): Promise<{ readonly items: readonly unknown[] }> {
  const items: unknown[] = []
  let after = ''
  for (;;) {
    const page = (await send('GET', `${path}?limit=${pageSize}${after}`)) as Page
    items.push(...page.items)
    if (page.cursor === null) return { items }
    after = `&cursor=${encodeURIComponent(page.cursor)}`
  }
}
