import fc from 'fast-check'

type Spoil = (text: string, at: number) => string

const place = (text: string, at: number): number => Math.floor(at * text.length)

/** Somewhere in a body of JSON, something that breaks readers. */
const insertions = [
  '[',
  '{"a":',
  '"',
  ',',
  '\\u0000',
  '\\ud800',
  '1e999',
  '-0',
  'null',
  '__proto__',
  '"__proto__":{"canary":1},',
  '\u0000',
  '\uFEFF',
]

const deep = (open: string, close: string, depth: number): string =>
  `${open.repeat(depth)}1${close.repeat(depth)}`

/** A value in the place of the first one that is text. */
const replaceText = (text: string, value: string): string =>
  text.replace(/:"[^"\\]*"/, () => `:${value}`)

/** Ways to spoil a body; `at`, from 0 to 1, says where. */
const ways: readonly Spoil[] = [
  (text, at) => text.slice(0, place(text, at)),
  (text, at) => text.slice(place(text, at)),
  (text, at) => {
    const [cut, insertion] = [place(text, at), insertions[Math.floor(at * insertions.length)]]
    return `${text.slice(0, cut)}${insertion ?? ''}${text.slice(cut)}`
  },
  (text, at) => replaceText(text, deep('[', ']', 1 + Math.floor(at * 20_000))),
  (text, at) => replaceText(text, deep('{"a":', '}', 1 + Math.floor(at * 20_000))),
  (text, at) => replaceText(text, ['null', '{}', '[]', '7', 'true'][Math.floor(at * 5)] ?? '0'),
  (text, at) => replaceText(text, `"${'9'.repeat(Math.floor(at * 40_000))}"`),
  (text) => `[${text},${text}]`,
  (text) => text.replaceAll('":', '" :\n\t'),
  (_text, at) => deep('[', ']', Math.floor(at * 100_000)),
]

/** A body as it was, or spoiled in one or two ways. */
export const spoiled = (body: fc.Arbitrary<unknown>): fc.Arbitrary<string> => {
  const where = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  const spoils = fc.array(fc.tuple(fc.constantFrom(...ways), where), { maxLength: 2 })
  return fc
    .tuple(body, spoils)
    .map(([value, made]) =>
      made.reduce((text, [spoil, at]) => spoil(text, at), JSON.stringify(value)),
    )
}
