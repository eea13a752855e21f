import { isUtf8 } from 'node:buffer'
import type { FastifyInstance } from 'fastify'
import { RequestRefused } from './problem.ts'

const byteOrderMark = '\uFEFF'

/** Reads JSON; bytes that are no UTF-8 have become U+FFFD. Nothing at all is undefined. */
export function parseJsonText(text: string): unknown {
  const json = text.startsWith(byteOrderMark) ? text.slice(1) : text
  if (json === '') return undefined
  try {
    return JSON.parse(json)
  } catch {
    // Node's message repeats what was sent.
    throw new RequestRefused('malformed-json')
  }
}

/** A body that came packed is not unpacked, and is not read as what it is not. */
export function refuseEncoded(encoding: string | undefined): void {
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new RequestRefused('unsupported-media-type', { field: 'content-encoding' })
  }
}

/** JSON and nothing else, in UTF-8 and nothing else. */
export function addJsonParser(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<Buffer>(
    'application/json',
    { parseAs: 'buffer' },
    (request, body, done) => {
      try {
        refuseEncoded(request.headers['content-encoding'])
        if (!isUtf8(body)) throw new RequestRefused('malformed-json')
        done(null, parseJsonText(body.toString('utf8')))
      } catch (error) {
        done(error as Error)
      }
    },
  )
}

const mediaTypeShape = /^\s*[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+\s*(;|$)/

/**
 * Hands bodies over as they came, whatever they call themselves: a signature is one of bytes, and
 * an opt-out is not refused for its content type. The framework would refuse what is none at all.
 */
export function takeAnyBody(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<Buffer>('*', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body)
  })
  app.addHook('onRequest', (request, _reply, done) => {
    const { headers } = request.raw
    const type = headers['content-type']
    if (type !== undefined && !mediaTypeShape.test(type)) {
      headers['content-type'] = 'application/octet-stream'
    }
    done()
  })
}
