import type { z } from 'zod'
import { expectation } from '../lib/expectation.ts'
import type { Path } from './mistake.ts'
import { shownKey } from './mistake.ts'
import { suggest } from './suggest.ts'

type Issue = z.core.$ZodIssue

export type Explained = { readonly path: Path; readonly expected: string; readonly key?: string }

/** Says in our own words what the schema expected, without what it found; one sentence per unknown key. */
export function explain(issue: Issue, schema: z.ZodType): Explained[] {
  const path = issue.path.filter(key => typeof key !== 'symbol')
  if (issue.code !== 'unrecognized_keys') return [{ path, expected: expectation(issue) ?? elsewhere }]
  const known = keysAt(schema, path)
  return issue.keys.map(key => ({ path, key, expected: unknownKey(key, known) }))
}

const elsewhere = 'expected another value; see docs/configuration.md'

function unknownKey(key: string, known: readonly string[]): string {
  const near = suggest(key, known)
  const name = shownKey(key)
  if (near !== null) return `expected a known key; did you mean ${near}?`
  return `expected a known key, and ${name} is none; known here: ${known.join(', ')}`
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
