import type { Command } from './command.ts'
import { commands } from './commands.ts'

export function generalHelp(): string {
  const rows = [...commands].map(([name, { summary }]) => [name, summary] as const)
  return [
    'Postern: a sidecar that turns a bearer token into a tenant the service can trust.',
    '',
    'Usage: postern COMMAND [OPTIONS]',
    '',
    ...columns([...rows, ['help', 'Explain a command: postern help COMMAND']]),
    '',
    'Options:',
    ...columns([
      ['--help', 'Show this'],
      ['--version', 'Show the version'],
    ]),
    '',
    'To try it out: postern dev',
    'Exit codes: 0 done, 1 it failed, 64 the command line or the configuration is wrong.',
  ].join('\n')
}

export function commandHelp(name: string, summary: string, command: Command): string {
  const options = Object.entries(command.options).map(
    ([option, { value, meaning }]) =>
      [`--${option}${value === undefined ? '' : ` ${value}`}`, meaning] as const,
  )
  return [
    `${summary}.`,
    '',
    `Usage: postern ${name}${command.usage === '' ? '' : ` ${command.usage}`}`,
    '',
    'Options:',
    ...columns([...options, ['--help', 'Show this']]),
    '',
    'Examples:',
    ...command.examples.map(example => `  ${example}`),
  ].join('\n')
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
}
