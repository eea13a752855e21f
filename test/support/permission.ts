import type { HttpClient } from './http-client.ts'

/** Whether somebody may be messaged on `offers`, and how fresh that is. */
export type AskedPermission = {
  readonly permitted: boolean
  readonly reason: string
  readonly state: string | null
  readonly asOf: string
  readonly lagMs: number
  readonly withinWindow: boolean
}

type Said = {
  readonly results: readonly [Pick<AskedPermission, 'permitted' | 'reason' | 'state'>]
  readonly freshness: Pick<AskedPermission, 'asOf' | 'lagMs' | 'withinWindow'>
}

/** Asks for one address on `offers`, after waiting for a position when there is one. */
export async function askPermission(
  client: HttpClient,
  address: { readonly kind: string; readonly value: string },
  atLeast?: string,
): Promise<AskedPermission> {
  const body = { group: 'offers', addresses: [address], atLeast }
  const { status, text, json } = await client.ask('POST', '/v1/permissions', body)
  if (status !== 200) throw new Error(`the question was answered ${status}: ${text}`)
  const { results, freshness } = json as Said
  return { ...results[0], ...freshness }
}
