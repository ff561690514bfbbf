import { z } from 'zod'
import { controlSchema } from './control-schema.ts'
import { proxySchema } from './proxy-schema.ts'

/** The part of JSON Schema 2020-12 that our schemas come out as. */
export type JsonSchema = {
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
}

const schemas = { proxy: proxySchema, control: controlSchema }

/** What an operator may write in a file of this kind, before variables are looked at. */
export function plainSchema(kind: keyof typeof schemas): JsonSchema {
  return z.toJSONSchema(schemas[kind], { io: 'input' }) as JsonSchema
}

/** The schema for editors: as plainSchema, and a variable may stand wherever a number, a word or true may. */
export function editorSchema(kind: keyof typeof schemas): object {
  const { $schema, ...schema } = withVariables(plainSchema(kind)) as JsonSchema & { $schema: string }
  return {
    $schema,
    title: `Postern configuration, kind: ${kind}`,
    ...schema,
    $defs: { variable: { type: 'string', pattern: String.raw`\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\}` } },
  }
}

function withVariables(schema: JsonSchema): JsonSchema {
  const { description, default: fallback, ...rest } = schema
  const said = {
    ...(description === undefined ? {} : { description }),
    ...(fallback === undefined ? {} : { default: fallback }),
  }
  if (schema.properties !== undefined) {
    const entries = Object.entries(schema.properties).map(([key, part]) => [key, withVariables(part)])
    return { ...said, ...rest, properties: Object.fromEntries(entries) }
  }
  if (schema.items !== undefined) return { ...said, ...rest, items: withVariables(schema.items) }
  if (schema.anyOf !== undefined) return { ...said, ...rest, anyOf: schema.anyOf.map(withVariables) }
  const strict = schema.type !== 'string' || schema.enum !== undefined || schema.pattern !== undefined
  if (!strict || schema.type === 'null' || schema.const !== undefined) return schema
  const { maximum, ...bounded } = rest
  const tidy = maximum === Number.MAX_SAFE_INTEGER || maximum === undefined ? bounded : rest
  return { ...said, anyOf: [tidy, { $ref: '#/$defs/variable' } as JsonSchema] }
}
