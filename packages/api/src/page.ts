/** A page of a sorted list: the first `limit` of those that come after the cursor. */
export function pageAfter<Item>(
  sorted: readonly Item[],
  isAfter: (item: Item) => boolean,
  limit: number,
): { readonly items: readonly Item[]; readonly hasMore: boolean } {
  const rest = sorted.filter(isAfter)
  return { items: rest.slice(0, limit), hasMore: rest.length > limit }
}
