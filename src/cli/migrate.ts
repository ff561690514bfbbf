import { systemClock } from '../lib/clock.ts'
import type { Command, Terminal } from './command.ts'
import type { OwnerTarget } from './database-owner.ts'
import { databaseFailure, ownerOptions, ownerTarget } from './database-owner.ts'
import type { ExitCode } from './exit.ts'
import { exitCodes } from './exit.ts'

export const command: Command = {
  usage: '[status] [--config FILE | --url URL]',
  options: ownerOptions,
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
    const target = ownerTarget(values, terminal)
    if (target === null) return exitCodes.usage
    try {
      return positionals.length === 1 ? await showStatus(target, terminal) : await bringUp(target, terminal)
    } catch (error) {
      terminal.err(`postern: the database could not be migrated: ${databaseFailure(error)}`)
      return exitCodes.failed
    }
  },
}

async function bringUp(target: OwnerTarget, terminal: Terminal): Promise<ExitCode> {
  const { migrate } = await import('../store/postgres/migrate.ts')
  const log = { info: (_fields: unknown, message: string) => terminal.err(message) }
  const applied = await migrate({ ...target, clock: systemClock, log })
  for (const name of applied) terminal.out(`applied ${name}`)
  terminal.out(applied.length === 0 ? 'The database is up to date.' : 'The database is up to date now.')
  return exitCodes.ok
}

async function showStatus(target: OwnerTarget, terminal: Terminal): Promise<ExitCode> {
  const { migrationStatus } = await import('../store/postgres/migrate.ts')
  const { applied, pending, known, problem } = await migrationStatus(target.ownerUrl)
  for (const name of applied) terminal.out(`${known.includes(name) ? 'applied' : 'newer  '}  ${name}`)
  for (const name of pending) terminal.out(`pending  ${name}`)
  if (problem === null) return exitCodes.ok
  terminal.err(`postern: ${problem}`)
  return exitCodes.failed
}
