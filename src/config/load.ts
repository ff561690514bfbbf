import type { z } from 'zod'
import type { Config } from './config.ts'
import { checkControl } from './control-checks.ts'
import { controlSchema } from './control-schema.ts'
import { draftOf } from './draft.ts'
import { explain } from './explain.ts'
import type { Mistake, Path } from './mistake.ts'
import { checkProxy } from './proxy-checks.ts'
import { proxySchema } from './proxy-schema.ts'
import type { ReadFile } from './secret-files.ts'
import { SecretFiles } from './secret-files.ts'
import { checkControlSecrets, checkProxySecrets, settleControl, settleProxy } from './settle.ts'
import type { Source } from './source.ts'
import { parseSource } from './source.ts'
import type { Environment } from './variables.ts'

/** Either a configuration to run with, or everything that is wrong with the file. */
export type Loaded =
  | { readonly config: Config; readonly warnings: readonly Mistake[] }
  | { readonly mistakes: readonly Mistake[] }

/**
 * Reads one configuration file. Reports every mistake at once, in the order of the file, each with its line and with
 * what was expected, and never repeats a value. Where it succeeds, all defaults are filled in, secret files are read,
 * and the result is frozen through and through.
 *
 * @param fileName used in mistakes, and as the place that secret files are relative to
 */
export function loadConfig(text: string, fileName: string, env: Environment, readFile: ReadFile): Loaded {
  const source = parseSource(text, fileName, env)
  if (!source.readable) return { mistakes: source.mistakes }
  const findings = new Findings(source)
  const secrets = new SecretFiles(fileName, readFile, findings.mistake)
  const config = configOf(source.value, findings, secrets)
  if (config === null || findings.mistakes.length > 0) return { mistakes: inOrder(findings.mistakes) }
  return { config: deepFreeze(config), warnings: inOrder(findings.warnings) }
}

function configOf(value: unknown, findings: Findings, secrets: SecretFiles): Config | null {
  const kind = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined
  if (kind === 'proxy') {
    const draft = draftOf(proxySchema, value)
    checkProxy(draft, findings)
    const source = findings.parse(proxySchema, value)
    if (source !== null) return settleProxy(source, secrets)
    checkProxySecrets(draft, secrets)
    return null
  }
  if (kind === 'control') {
    const draft = draftOf(controlSchema, value)
    checkControl(draft, findings)
    const source = findings.parse(controlSchema, value)
    if (source !== null) return settleControl(source, secrets)
    checkControlSecrets(draft, secrets)
    return null
  }
  findings.mistake(['kind'], 'expected kind: proxy or kind: control')
  return null
}

/** Collects what is wrong, each thing once. */
class Findings {
  readonly mistakes: Mistake[]
  readonly warnings: Mistake[] = []
  readonly #source: Source

  constructor(source: Source) {
    this.#source = source
    this.mistakes = [...source.mistakes]
  }

  readonly mistake = (path: Path, expected: string, key?: string): void => {
    if (!this.#source.isUnset(path)) this.mistakes.push(this.#source.mistake(path, expected, key))
  }

  readonly warning = (path: Path, text: string): void => {
    this.warnings.push(this.#source.mistake(path, text))
  }

  parse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> | null {
    const result = schema.safeParse(value)
    if (result.success) return result.data
    for (const issue of result.error.issues) {
      for (const { path, expected, key } of explain(issue, schema)) this.mistake(path, expected, key)
    }
    return null
  }
}

function inOrder(mistakes: readonly Mistake[]): Mistake[] {
  return mistakes.toSorted((one, other) => one.line - other.line || one.column - other.column)
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const part of Object.values(value)) deepFreeze(part)
  return Object.freeze(value)
}
