import pg from 'pg'
import type { MigrationFile } from './files.ts'

/**
 * Why a migration was not applied, as a sentence with the place in the file where Postgres names one.
 *
 * Details of an error quote rows, and so does the message where the data are to blame (SQLSTATE class 22): both stay out.
 */
export function migrationFailure(error: unknown, file: MigrationFile): Error {
  return new Error(`${file.name} failed: ${reasonOf(error, file)}. ${aftermathOf(file)}`)
}

/** The same for one that never got the lock it needs. */
export function lockFailure(
  file: MigrationFile,
  tries: { readonly attempts: number; readonly tableLockMs: number },
): Error {
  const waited = `${tries.attempts} times, ${tries.tableLockMs} ms each`
  return new Error(
    `${file.name} failed: it waited ${waited}, for a lock that another transaction holds. ${aftermathOf(file)}. ` +
      'To find that transaction: SELECT pid, usename, application_name, state, xact_start FROM pg_stat_activity ' +
      'WHERE xact_start IS NOT NULL ORDER BY xact_start; end it, or run postern migrate at a quieter time',
  )
}

function aftermathOf({ concurrentIndex }: MigrationFile): string {
  return concurrentIndex === null
    ? 'Nothing of it is applied'
    : `The next run clears away what is left of the index ${concurrentIndex}`
}

function reasonOf(error: unknown, { text }: MigrationFile): string {
  if (!(error instanceof pg.DatabaseError)) return error instanceof Error ? error.message : 'unknown'
  const { code = 'unknown', message, position, table, constraint } = error
  const said = code.startsWith('22') ? 'the data do not fit' : message
  const where = [
    `SQLSTATE ${code}`,
    ...(position === undefined ? [] : [placeIn(text, Number(position))]),
    ...(table === undefined ? [] : [`table ${table}`]),
    ...(constraint === undefined ? [] : [`constraint ${constraint}`]),
  ]
  return `${said} (${where.join(', ')})`
}

/** @param position in characters, from 1, as Postgres counts */
function placeIn(text: string, position: number): string {
  const before = [...text]
    .slice(0, position - 1)
    .join('')
    .split('\n')
  return `line ${before.length}, column ${before.at(-1)!.length + 1}`
}
