import { randomBytes, randomUUID } from 'node:crypto'
import type { Desk, KeptBody } from '@ledger/ledger'
import { expect, test } from 'vitest'
import type { MakePlace } from './place.ts'
import { useStore } from './place.ts'

export type DeskOptions = { readonly attemptsMax?: number }

let at = 1_790_000_000_000_000

const bodyOf = (changes: Partial<KeptBody> = {}): KeptBody => ({
  id: randomUUID(),
  at: (at += 1),
  source: 'sinch/acme',
  sealed: new Uint8Array(randomBytes(64)),
  ...changes,
})

/** What the port promises of bodies that nobody could read. */
export function bodyCases(makePlace: MakePlace<Desk, DeskOptions>): void {
  const { open } = useStore(makePlace)

  test('keeps a body as it was first given', async () => {
    const desk = await open()
    const body = bodyOf()
    await desk.keepBody(body)
    await desk.keepBody(bodyOf({ id: body.id }))
    expect(await desk.keptBody(body.id)).toEqual(body)
    expect(await desk.keptBody(randomUUID())).toBeNull()
  })

  test('keeps the newest thousand', async () => {
    const desk = await open()
    const bodies = Array.from({ length: 1_005 }, () => bodyOf())
    await Promise.all(bodies.map(desk.keepBody))
    const kept = await Promise.all(bodies.map(({ id }) => desk.keptBody(id)))
    expect(kept.slice(0, 5).every((each) => each === null)).toBe(true)
    expect(kept.slice(5)).toEqual(bodies.slice(5))
  })
}
