import { Violation } from '../lib/violation.ts'
import type { Terminal, Values } from './command.ts'
import { databaseFailure, ownerTarget } from './database-owner.ts'
import type { ExitCode } from './exit.ts'
import { exitCodes } from './exit.ts'
import { unfitSchema } from './unfit-schema.ts'

/**
 * Does what a command does in the records, as the owner of the database, once it is known that this version may touch
 * them. Tells what is wrong otherwise; a rule of the database that was broken is told in its own words.
 */
export async function inOwnedDatabase(
  values: Values,
  terminal: Terminal,
  work: (ownerUrl: string) => Promise<ExitCode>,
): Promise<ExitCode> {
  const target = ownerTarget(values, terminal)
  if (target === null) return exitCodes.usage
  try {
    const problem = await unfitSchema(target.ownerUrl)
    return problem === null ? await work(target.ownerUrl) : fail(terminal, problem)
  } catch (error) {
    if (error instanceof Violation) return fail(terminal, error.message)
    return fail(terminal, `the database could not be asked: ${databaseFailure(error)}`)
  }
}

/** Tells why nothing was done. */
export function fail(terminal: Terminal, why: string): ExitCode {
  terminal.err(`postern: ${why}`)
  return exitCodes.failed
}
