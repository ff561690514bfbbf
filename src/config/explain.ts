import type { z } from 'zod'
import type { Path } from './mistake.ts'
import { shownKey } from './mistake.ts'
import { suggest } from './suggest.ts'

type Issue = z.core.$ZodIssue

export type Explained = { readonly path: Path; readonly expected: string; readonly key?: string }

/** Says in our own words what the schema expected, without what it found; one sentence per unknown key. */
export function explain(issue: Issue, schema: z.ZodType): Explained[] {
  const path = issue.path.filter(key => typeof key !== 'symbol')
  if (issue.code !== 'unrecognized_keys') return [{ path, expected: expectation(issue) }]
  const known = keysAt(schema, path)
  return issue.keys.map(key => ({ path, key, expected: unknownKey(key, known) }))
}

function unknownKey(key: string, known: readonly string[]): string {
  const near = suggest(key, known)
  const name = shownKey(key)
  if (near !== null) return `expected a known key; did you mean ${near}?`
  return `expected a known key, and ${name} is none; known here: ${known.join(', ')}`
}

function expectation(issue: Issue): string {
  if (issue.message.startsWith('expected ')) return issue.message
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined && issue.message.endsWith('undefined')
        ? `expected ${article(issue.expected)}, and it is missing`
        : `expected ${article(issue.expected)}`
    case 'invalid_value':
      return `expected ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.join(', ')}`
    case 'too_small':
      return `expected ${amount(issue.origin)}${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${unit(issue.origin)}`
    case 'too_big':
      return `expected ${amount(issue.origin)}at most ${issue.maximum}${unit(issue.origin)}`
    default:
      return 'expected another value; see docs/configuration.md'
  }
}

const articles = new Map([
  ['int', 'a whole number'],
  ['number', 'a number'],
  ['string', 'a string'],
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['object', 'a map of keys'],
])

function article(type: string): string {
  return articles.get(type) ?? type
}

function amount(origin: string): string {
  return origin === 'number' || origin === 'int' ? 'a number of ' : ''
}

function unit(origin: string): string {
  if (origin === 'string') return ' characters'
  return origin === 'array' ? ' entries' : ''
}

/** The keys that the schema knows at a path, through lists, defaults and nullable sections. */
function keysAt(schema: z.ZodType, path: Path): string[] {
  let found: Shape[] = [schema as unknown as Shape]
  for (const key of path) {
    found = found.flatMap(open).flatMap(part => {
      const inner = typeof key === 'number' ? part.def.element : part.def.shape?.[key]
      return inner === undefined ? [] : [inner]
    })
  }
  return found.flatMap(open).flatMap(part => Object.keys(part.def.shape ?? {}))
}

type Shape = {
  readonly def: {
    readonly innerType?: Shape
    readonly in?: Shape
    readonly options?: readonly Shape[]
    readonly element?: Shape
    readonly shape?: Readonly<Record<string, Shape>>
  }
}

function open(schema: Shape): Shape[] {
  const { innerType, in: input, options } = schema.def
  if (innerType !== undefined) return open(innerType)
  if (input !== undefined) return open(input)
  return options === undefined ? [schema] : options.flatMap(open)
}
