import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import type { FastifyInstance, RouteOptions } from 'fastify'
import {
  createJsonSchemaTransform,
  createJsonSchemaTransformObject,
} from 'fastify-type-provider-zod'
import type { KeyScope } from './door-scopes.ts'
import { scopesOfDoor } from './door-scopes.ts'

const transforms = {
  zodToJsonConfig: {
    // That our types are read-only says nothing to a caller.
    override: ({ jsonSchema }: { readonly jsonSchema: { readOnly?: boolean | undefined } }) => {
      delete jsonSchema.readOnly
    },
  },
}

const addSchemas = createJsonSchemaTransformObject(transforms)
type OpenApiDocument = ReturnType<typeof addSchemas>

/**
 * Each schema is made twice, as it is read and as it is written; a reader sees those that are
 * used.
 */
function withoutUnused(document: OpenApiDocument): OpenApiDocument {
  const components = 'components' in document ? document.components : undefined
  const schemas = components?.schemas ?? {}
  const uses = JSON.stringify({ ...document, components: null })
  const used = new Set<string>()
  const use = (text: string): void => {
    for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (used.has(name)) continue
      used.add(name)
      use(JSON.stringify(schemas[name] ?? null))
    }
  }
  use(uses)
  const kept = Object.fromEntries(Object.entries(schemas).filter(([name]) => used.has(name)))
  return { ...document, components: { ...components, schemas: kept } } as OpenApiDocument
}

/** How the doors describe themselves. */
export const openapiOptions: FastifyDynamicSwaggerOptions = {
  transform: createJsonSchemaTransform(transforms),
  transformObject: (document) => withoutUnused(addSchemas(document)),
  openapi: {
    openapi: '3.1.0',
    info: {
      title: 'Subscription ledger',
      version: '1',
      description: [
        'An event-sourced ledger of who may be messaged. Every failed request is answered as a',
        'problem document (RFC 9457): [/docs/errors](/docs/errors); at the doors that clients of',
        'Braze know, in the form of Braze. Keys travel as `Authorization: Bearer <key>`; each door',
        'names the scope it needs, `admin` opens all.',
      ].join(' '),
    },
    tags: [
      { name: 'intake', description: 'What producers say.' },
      { name: 'links', description: 'What people do by the links in messages.' },
      { name: 'query', description: 'What is asked before each send.' },
      { name: 'groups', description: 'What people subscribe to.' },
      { name: 'subjects', description: 'One person at one address.' },
      { name: 'braze', description: 'What clients of Braze find here: docs/braze.md.' },
      { name: 'reviews', description: 'What a person must decide.' },
      { name: 'keys', description: 'Who may open which door.' },
      { name: 'operations', description: 'What operators ask and do.' },
    ],
    components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
  },
}

/** Says of each door which key it needs, from the table that locks it. */
export function describeLocks(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    const [method = 'GET'] = [route.method].flat()
    describeLock(route, scopesOfDoor(method, route.url))
  })
}

function describeLock(route: RouteOptions, scopes: readonly KeyScope[] | null): void {
  const { schema = {} } = route
  const named = scopes?.map((scope) => `\`${scope}\``).join(' or ')
  const needs = scopes === null ? 'Needs no key.' : `Needs a key with the scope ${named}.`
  route.schema = {
    ...schema,
    description: [schema.description, needs].filter(Boolean).join(' '),
    security: scopes === null ? [] : [{ key: [] }],
  }
}
