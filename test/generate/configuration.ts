import type { JsonSchema } from '../../src/config/json-schema.ts'
import { plainSchema } from '../../src/config/json-schema.ts'

/** docs/configuration.md: every key of both kinds of file, from the schemas that check them. */
export function configurationReference(): string {
  return [
    '# Configuration',
    '',
    '<!-- Generated from src/config by `node test/generate.ts`. -->',
    '',
    'One YAML 1.2 file per process. `kind: proxy` is a sidecar, `kind: control` a control plane. `postern check FILE` tells',
    'every mistake of a file with its line; a process that is given a file with mistakes exits with code 64.',
    '',
    `${code('{NAME}')} in a value takes an environment variable, ${code('{NAME:-default}')} a default where it is unset or`,
    `empty, ${code('${')} stands for ${code('{')}. A variable becomes a value, never structure: unquoted it may become a number, true, false or nothing; in quotes`,
    'it stays a string. Inside `{ }` and `[ ]` it must be quoted. Names of files are relative to the configuration file.',
    '',
    ...section('Sidecar', 'proxy'),
    ...section('Control plane', 'control'),
  ].join('\n')
}

/** A piece of code that begins with a dollar sign. */
function code(rest: string): string {
  return `\`$${rest}\``
}

function section(title: string, kind: 'proxy' | 'control'): string[] {
  return [
    `## ${title}: \`kind: ${kind}\``,
    '',
    `An example: [config/examples/${kind}.yaml](../config/examples/${kind}.yaml). For editors:`,
    `[config/schema/${kind}.schema.json](../config/schema/${kind}.schema.json).`,
    '',
    '| key | type | default | meaning |',
    '|---|---|---|---|',
    ...rows('', plainSchema(kind)),
    '',
  ]
}

function rows(path: string, schema: JsonSchema): string[] {
  const object = objectIn(schema)
  if (object?.properties === undefined) return []
  const required = new Set(object.required)
  return Object.entries(object.properties).flatMap(([key, part]) => {
    const name = path === '' ? key : `${path}.${key}`
    const items = part.items
    const inner =
      items !== undefined && objectIn(items) !== null ? rows(`${name}[]`, items) : rows(name, part)
    return [row(name, part, required.has(key)), ...inner]
  })
}

function row(name: string, schema: JsonSchema, required: boolean): string {
  const cells = [`\`${name}\``, typeOf(schema), defaultOf(schema, required), schema.description ?? '']
  return `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

function objectIn(schema: JsonSchema): JsonSchema | null {
  if (schema.properties !== undefined) return schema
  const variants = schema.anyOf?.filter(variant => variant.type !== 'null') ?? []
  return variants.length === 1 ? objectIn(variants[0]!) : null
}

function typeOf(schema: JsonSchema): string {
  if (schema.const !== undefined) return `\`${String(schema.const)}\``
  if (schema.enum !== undefined) return schema.enum.map(value => `\`${String(value)}\``).join(', ')
  if (schema.anyOf !== undefined) {
    const variants = schema.anyOf.map(typeOf)
    return variants.length === 2 && variants[1] === 'null' ? `${variants[0]} or null` : variants.join(' or ')
  }
  if (schema.items !== undefined) return `list of ${typeOf(schema.items)}`
  if (schema.properties !== undefined) return 'map'
  if (Array.isArray(schema.type)) return schema.type.join(' or ')
  return `${schema.type === 'integer' ? 'number' : schema.type}${range(schema)}`
}

function range({ minimum, maximum, exclusiveMinimum }: JsonSchema): string {
  const low = exclusiveMinimum === undefined ? minimum : `> ${exclusiveMinimum}`
  const high = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum
  if (low === undefined && high === undefined) return ''
  return high === undefined ? `, from ${low}` : `, ${low} to ${high}`
}

function defaultOf(schema: JsonSchema, required: boolean): string {
  if (required) return '**required**'
  if (schema.default === undefined || objectIn(schema)?.properties !== undefined) return ''
  return `\`${JSON.stringify(schema.default)}\``
}
