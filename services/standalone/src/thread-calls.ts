/** What one side may ask of the other, and what it gets back. */
export type Calls = Readonly<Record<string, (argument: never) => Promise<unknown>>>

/** What travels between two threads: a call, and its answer or failure. */
export type Message =
  | {
      readonly type: 'call'
      readonly id: number
      readonly name: string
      readonly argument: unknown
    }
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly type: 'failure'; readonly id: number; readonly message: string }

type Port = {
  readonly postMessage: (message: Message) => void
  readonly on: (event: 'message', listener: (message: Message) => void) => unknown
}

type Waiting = { readonly resolve: (value: never) => void; readonly reject: (error: Error) => void }

/** Answers the other side's calls and makes calls to it, over one message port. */
export function threadCalls(port: Port, answers: Calls) {
  const waiting = new Map<number, Waiting>()
  let lastId = 0

  const answer = async (id: number, name: string, argument: unknown): Promise<void> => {
    try {
      const handler = answers[name]
      if (handler === undefined) throw new Error(`no thread call named ${name}`)
      port.postMessage({ type: 'answer', id, value: await handler(argument as never) })
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      port.postMessage({ type: 'failure', id, message })
    }
  }

  port.on('message', (message: Message) => {
    if (message.type === 'call') {
      void answer(message.id, message.name, message.argument)
      return
    }
    const caller = waiting.get(message.id)
    waiting.delete(message.id)
    if (message.type === 'answer') caller?.resolve(message.value as never)
    else caller?.reject(new Error(message.message))
  })

  return {
    call: <Value>(name: string, argument: unknown = null): Promise<Value> =>
      new Promise((resolve, reject) => {
        lastId += 1
        waiting.set(lastId, { resolve, reject })
        port.postMessage({ type: 'call', id: lastId, name, argument })
      }),
    /** Fails what is still waiting, because the other side has gone. */
    abandon: (error: Error): void => {
      for (const { reject } of waiting.values()) reject(error)
      waiting.clear()
    },
  }
}
