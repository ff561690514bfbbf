import type { ExitCode } from './exit.ts'

/** Where a command writes, and what it knows of its surroundings; a test hands in its own. */
export type Terminal = {
  /** One line to standard output: the result, and nothing else. */
  readonly out: (line: string) => void
  /** One line to standard error: progress, advice, mistakes. */
  readonly err: (line: string) => void
  readonly env: Readonly<Record<string, string | undefined>>
  /** The working directory; file names are relative to it. */
  readonly directory: string
  /** True where standard output is a terminal that a person looks at. */
  readonly interactive: boolean
}

export type Option = {
  readonly type: 'string' | 'boolean'
  /** How the help names the value: FILE, URL. */
  readonly value?: string
  readonly meaning: string
}

export type Values = Readonly<Record<string, string | boolean | undefined>>

/** One thing an operator can type. Each file of a command exports it as `command`. */
export type Command = {
  /** What follows the name, for the usage line: `--config FILE`. */
  readonly usage: string
  readonly options: Readonly<Record<string, Option>>
  /** How many arguments without a dash it takes: at least, at most. */
  readonly positionals: readonly [number, number]
  readonly examples: readonly string[]
  /** Resolves when the command is done: for a server, when it has drained. */
  readonly run: (values: Values, positionals: readonly string[], terminal: Terminal) => Promise<ExitCode>
}
