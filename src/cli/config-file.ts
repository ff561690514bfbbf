import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Config } from '../config/config.ts'
import { loadConfig } from '../config/load.ts'
import type { Mistake } from '../config/mistake.ts'
import { formatMistake } from '../config/mistake.ts'
import type { Terminal } from './command.ts'

export type ReadConfig = { readonly config: Config; readonly warnings: readonly Mistake[] }

const readText = (path: string) => readFileSync(path, 'utf8')

/**
 * Reads a configuration file; null after it has told the operator everything that is wrong with it.
 *
 * @param readSecret how the files with secrets are read
 */
export function readConfig(
  file: string,
  terminal: Terminal,
  readSecret: (path: string) => string = readText,
): ReadConfig | null {
  let text: string
  try {
    text = readText(resolve(terminal.directory, file))
  } catch (error) {
    terminal.err(`postern: ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`)
    return null
  }
  const loaded = loadConfig(text, resolve(terminal.directory, file), terminal.env, readSecret)
  if (!('mistakes' in loaded)) return loaded
  for (const mistake of loaded.mistakes) terminal.err(formatMistake({ ...mistake, file }))
  const count = loaded.mistakes.length
  terminal.err(`postern: ${count} ${count === 1 ? 'mistake' : 'mistakes'} in ${file}`)
  return null
}

/** As readConfig, for a command that runs one kind only; null after it has told what is wrong. */
export function readConfigOf<Kind extends Config['kind']>(
  kind: Kind,
  file: string,
  terminal: Terminal,
): { readonly config: Extract<Config, { kind: Kind }>; readonly warnings: readonly Mistake[] } | null {
  const read = readConfig(file, terminal)
  if (read === null) return null
  if (read.config.kind !== kind) {
    terminal.err(`postern: ${file} is of kind ${read.config.kind}; expected kind: ${kind}`)
    terminal.err(`Type: postern ${read.config.kind} --config ${file}`)
    return null
  }
  for (const warning of read.warnings) terminal.err(`warning: ${formatMistake({ ...warning, file })}`)
  return { config: read.config as Extract<Config, { kind: Kind }>, warnings: read.warnings }
}
