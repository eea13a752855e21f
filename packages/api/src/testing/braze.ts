import type { TestLedger } from './test-ledger.ts'
import type { Answer, Ask } from './client.ts'
import { ask, marketing, textOf } from './client.ts'

/** The groups of a tenant who comes from Braze. */
export const groups = {
  texts: '6c1e6f5e-0000-4000-8000-0000000000a1',
  mails: '6c1e6f5e-0000-4000-8000-0000000000b2',
  chats: '6c1e6f5e-0000-4000-8000-0000000000c3',
} as const

export async function putBrazeGroups({ app }: TestLedger): Promise<void> {
  const channels = { [groups.texts]: 'sms', [groups.mails]: 'email', [groups.chats]: 'whatsapp' }
  for (const [id, channel] of Object.entries(channels)) {
    await ask(app, 'PUT', `/v1/groups/${id}`, { body: { ...marketing, name: channel, channel } })
  }
}

export type BrazeDoors = {
  readonly post: (url: string, body: unknown, asked?: Ask) => Promise<Answer>
  /** What `GET /subscription/status/get` says once all that was posted is visible. */
  readonly status: (group: string, query: string) => Promise<unknown>
  readonly users: (query: string) => Promise<unknown>
}

/** Posts, and reads what it posted. */
export function brazeDoors({ app }: TestLedger): BrazeDoors {
  let position: string | null = null
  const get = async (url: string): Promise<Answer> => {
    const headers = position === null ? {} : { 'x-ledger-at-least': position }
    const answer = await ask(app, 'GET', url, { headers })
    if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`)
    return answer
  }
  return {
    post: async (url, body, asked = {}) => {
      const answer = await ask(app, 'POST', url, { body, ...asked })
      const where = answer.headers['x-ledger-position']
      if (where !== undefined) position = textOf(where)
      return answer
    },
    status: async (group, query) =>
      (await get(`/subscription/status/get?subscription_group_id=${group}&${query}`)).json[
        'status'
      ],
    users: async (query) => (await get(`/subscription/user/status?${query}`)).json['users'],
  }
}

/** A body of `POST /subscription/status/set`. */
export const setBody = (
  subscription_state: string,
  who: object,
  subscription_group_id: string = groups.texts,
) => ({ subscription_group_id, subscription_state, ...who })
