/** A client of the HTTP doors, as the demo uses them. */
export type DemoClient = {
  readonly send: <Answer>(method: string, path: string, body: object) => Promise<Answer>
  readonly upload: <Answer>(path: string, csv: string) => Promise<Answer>
  readonly get: <Answer>(path: string) => Promise<Answer>
}

export function demoClient(address: string, key: string): DemoClient {
  const call = async <Answer>(
    method: string,
    path: string,
    contentType?: string,
    body?: string,
  ): Promise<Answer> => {
    const response = await fetch(`${address}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(contentType === undefined ? {} : { 'content-type': contentType }),
      },
      ...(body === undefined ? {} : { body }),
    })
    const answer = (await response.json()) as Answer
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}`)
    return answer
  }
  return {
    send: (method, path, body) => call(method, path, 'application/json', JSON.stringify(body)),
    upload: (path, csv) => call('POST', path, 'text/csv', csv),
    get: (path) => call('GET', path),
  }
}
