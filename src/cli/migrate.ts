import { withPassword } from '../config/control-settings.ts'
import { systemClock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { Command, Terminal, Values } from './command.ts'
import { readConfigOf } from './config-file.ts'
import type { ExitCode } from './exit.ts'
import { exitCodes } from './exit.ts'

export const command: Command = {
  usage: '[status] [--config FILE | --url URL]',
  options: {
    config: {
      type: 'string',
      value: 'FILE',
      meaning: 'A configuration of kind: control, with its section owner',
    },
    url: { type: 'string', value: 'URL', meaning: 'Postgres, as its owner; by default DATABASE_URL' },
  },
  positionals: [0, 1],
  examples: [
    'postern migrate --config config/examples/control.yaml',
    'DATABASE_URL=postgres://owner@127.0.0.1/postern postern migrate status',
  ],
  run: async (values, positionals, terminal) => {
    if (positionals.length === 1 && positionals[0] !== 'status') {
      terminal.err('postern: migrate takes nothing or status. Type: postern help migrate')
      return exitCodes.usage
    }
    const target = targetOf(values, terminal)
    if (target === null) return exitCodes.usage
    try {
      return positionals.length === 1 ? await showStatus(target, terminal) : await bringUp(target, terminal)
    } catch (error) {
      terminal.err(`postern: the database could not be migrated: ${reason(error)}`)
      return exitCodes.failed
    }
  },
}

type Target = { readonly ownerUrl: string; readonly runtimePassword: string | null }

function targetOf(values: Values, terminal: Terminal): Target | null {
  if (typeof values.config === 'string' && typeof values.url === 'string') {
    terminal.err('postern: --config and --url exclude each other')
    return null
  }
  if (typeof values.config === 'string') {
    const read = readConfigOf('control', values.config, terminal)
    if (read === null) return null
    const { owner, postgres } = read.config
    if (owner !== null) {
      return { ownerUrl: withPassword(owner.url, owner.password), runtimePassword: postgres.password }
    }
    terminal.err(
      `postern: ${values.config} has no section owner, which says how the owner of Postgres connects`,
    )
    return null
  }
  const url = typeof values.url === 'string' ? values.url : terminal.env.DATABASE_URL
  if (url !== undefined && URL.canParse(url) && /^postgres(ql)?:/.test(url)) {
    return { ownerUrl: url, runtimePassword: null }
  }
  terminal.err('postern: expected --config FILE, --url postgres://… or DATABASE_URL')
  return null
}

async function bringUp(target: Target, terminal: Terminal): Promise<ExitCode> {
  const { migrate } = await import('../store/postgres/migrate.ts')
  const log = { info: (_fields: unknown, message: string) => terminal.err(message) }
  const applied = await migrate({ ...target, clock: systemClock, log })
  for (const name of applied) terminal.out(`applied ${name}`)
  terminal.out(applied.length === 0 ? 'The database is up to date.' : 'The database is up to date now.')
  return exitCodes.ok
}

async function showStatus(target: Target, terminal: Terminal): Promise<ExitCode> {
  const { migrationStatus } = await import('../store/postgres/migrate.ts')
  const { applied, pending, known, problem } = await migrationStatus(target.ownerUrl)
  for (const name of applied) terminal.out(`${known.includes(name) ? 'applied' : 'newer  '}  ${name}`)
  for (const name of pending) terminal.out(`pending  ${name}`)
  if (problem === null) return exitCodes.ok
  terminal.err(`postern: ${problem}`)
  return exitCodes.failed
}

/** Of a fault its attempt and a code; a driver's message can hold the address with its password. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const code = error instanceof Fault ? codeOf(error) : null
  return code === null ? error.message : `${error.message} (${code})`
}

function codeOf({ details, cause }: Fault): string | null {
  if (details.sqlState !== undefined) return `SQLSTATE ${details.sqlState}`
  return cause instanceof Error && 'code' in cause ? String(cause.code) : null
}
