import fc from 'fast-check'

/** A JSON Schema as our OpenAPI document writes it. */
export type Schema = {
  readonly $ref?: string
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: Schema | boolean
  readonly items?: Schema
  readonly minItems?: number
  readonly maxItems?: number
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
}

export type SchemaReader = {
  /** What a `$ref` names. */
  readonly components: Readonly<Record<string, Schema>>
  /** What stands in a text of which the schema says little, by the name of its field. */
  readonly texts: Readonly<Record<string, fc.Arbitrary<string>>>
  readonly anyText: fc.Arbitrary<string>
}

const itemsMax = 4

/** Bodies that a schema allows. */
export function arbitraryOf(
  schema: Schema,
  reader: SchemaReader,
  field = '',
): fc.Arbitrary<unknown> {
  if (schema.$ref !== undefined) {
    const named = reader.components[schema.$ref.replace('#/components/schemas/', '')]
    if (named === undefined) throw new Error(`${schema.$ref} is nowhere in the document`)
    return arbitraryOf(named, reader, field)
  }
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  const choices = schema.anyOf ?? schema.oneOf
  if (choices !== undefined)
    return fc.oneof(...choices.map((each) => arbitraryOf(each, reader, field)))
  switch (schema.type) {
    case 'object':
      return objectOf(schema, reader)
    case 'array': {
      const { minItems = 0, maxItems = itemsMax, items = {} } = schema
      const maxLength = Math.max(minItems, Math.min(maxItems, itemsMax))
      return fc.array(arbitraryOf(items, reader, field), { minLength: minItems, maxLength })
    }
    case 'string':
      return textOf(schema, reader, field)
    case 'integer':
      return fc.integer({ min: schema.minimum ?? -1_000, max: schema.maximum ?? 1_000 })
    case 'number':
      return fc.double({ noNaN: true })
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    default:
      return fc.jsonValue({ maxDepth: 3 })
  }
}

function objectOf(schema: Schema, reader: SchemaReader): fc.Arbitrary<unknown> {
  const { properties = {}, required = [], additionalProperties } = schema
  const known = Object.fromEntries(
    Object.entries(properties).map(([name, each]) => [name, arbitraryOf(each, reader, name)]),
  )
  const requiredKeys = required.filter((name) => Object.hasOwn(known, name))
  const own = fc.record(known, { requiredKeys })
  if (typeof additionalProperties !== 'object') return own
  const value = arbitraryOf(additionalProperties, reader)
  const more = fc.dictionary(fc.constantFrom('messageId', 'formUrl', 'text', 'x'), value)
  return fc.tuple(more, own).map(([others, ones]) => ({ ...others, ...ones }))
}

function textOf(schema: Schema, reader: SchemaReader, field: string): fc.Arbitrary<string> {
  const { pattern, maxLength = 60 } = schema
  const named = Object.hasOwn(reader.texts, field) ? reader.texts[field] : undefined
  const free =
    pattern === undefined
      ? reader.anyText.map((text) => text.slice(0, maxLength))
      : fc.stringMatching(new RegExp(pattern))
  return named === undefined ? free : fc.oneof({ weight: 4, arbitrary: named }, free)
}
