import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { suggest } from '../config/suggest.ts'
import type { Command, Terminal, Values } from './command.ts'
import { commands } from './commands.ts'
import type { ExitCode } from './exit.ts'
import { exitCodes } from './exit.ts'
import { commandHelp, generalHelp } from './help.ts'

/** Runs one command line, without the program's name; answers the code to exit with. */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const [name, ...rest] = args
  if (name === undefined) return complain(terminal, 'a command is missing', null)
  if (name === '--version' || name === '-v') return say(terminal, version())
  if (name === '--help' || name === '-h') return say(terminal, generalHelp())
  if (name === 'help') return help(rest[0], terminal)
  const entry = commands.get(name)
  if (entry === undefined) return complainOfCommand(name, terminal)
  const { command } = await entry.load()
  const parsed = parse(command, rest)
  if ('complaint' in parsed) return complain(terminal, parsed.complaint, name)
  if (parsed.values.help === true) return say(terminal, commandHelp(name, entry.summary, command))
  const { values, positionals } = parsed
  const [least, most] = command.positionals
  if (positionals.length < least) return complain(terminal, 'an argument is missing', name)
  if (positionals.length > most) return complain(terminal, 'there are too many arguments', name)
  return command.run(values, positionals, terminal)
}

async function help(name: string | undefined, terminal: Terminal): Promise<ExitCode> {
  if (name === undefined) return say(terminal, generalHelp())
  const entry = commands.get(name)
  if (entry === undefined) return complainOfCommand(name, terminal)
  const { command } = await entry.load()
  return say(terminal, commandHelp(name, entry.summary, command))
}

type Parsed =
  | { readonly values: Values; readonly positionals: readonly string[] }
  | { readonly complaint: string }

function parse(command: Command, args: readonly string[]): Parsed {
  const options: Record<string, { type: 'string' | 'boolean'; short?: string }> = {
    help: { type: 'boolean', short: 'h' },
  }
  for (const [name, { type }] of Object.entries(command.options)) options[name] = { type }
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options,
      strict: true,
      allowPositionals: true,
    })
    return { values: values as Values, positionals }
  } catch (error) {
    return { complaint: complaintOf(error as Error, Object.keys(options)) }
  }
}

function complaintOf(error: Error, options: readonly string[]): string {
  const unknown = /^Unknown option '--?([^'=]+)'/.exec(error.message)?.[1]
  if (unknown === undefined) return error.message.split(/[.\n]/)[0]!
  const near = suggest(unknown, options)
  return `there is no option --${unknown}${near === null ? '' : `; did you mean --${near}?`}`
}

function complainOfCommand(name: string, terminal: Terminal): ExitCode {
  const near = suggest(name, [...commands.keys(), 'help'])
  return complain(
    terminal,
    `there is no command ${name}${near === null ? '' : `; did you mean ${near}?`}`,
    null,
  )
}

function complain(terminal: Terminal, complaint: string, command: string | null): ExitCode {
  terminal.err(`postern: ${complaint}`)
  terminal.err(`Type: postern help${command === null ? '' : ` ${command}`}`)
  return exitCodes.usage
}

function say(terminal: Terminal, text: string): ExitCode {
  terminal.out(text)
  return exitCodes.ok
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
