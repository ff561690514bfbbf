import pg from 'pg'
import { Fault } from '../../lib/fault.ts'

/**
 * What pg threw, as a Fault. Data that a statement or a constraint did not accept (SQLSTATE classes 22 and 23), a right
 * or a tenant that was missing, and a change of access that was not announced are mistakes of ours: INTERNAL. After
 * anything else the answer is not known: STORE_UNAVAILABLE, never an empty answer. Deadlocks, serialization failures
 * and lock timeouts are among them: everything was undone, and the next attempt may get through.
 *
 * An error of the server is not kept as the cause, because its message and detail quote values; SQLSTATE and constraint
 * say enough.
 */
export function storeFault(error: unknown, attempt: string): Fault {
  if (!(error instanceof pg.DatabaseError)) return new Fault('STORE_UNAVAILABLE', attempt, {}, error)
  const sqlState = error.code ?? 'unknown'
  return new Fault(isOurs(sqlState) ? 'INTERNAL' : 'STORE_UNAVAILABLE', attempt, {
    sqlState,
    ...(error.constraint === undefined ? {} : { constraint: error.constraint }),
  })
}

/** No right or no row level security that lets it pass; no tenant set yet; no announcement (0008_access_changes.sql). */
const ourStates = new Set(['42501', '42704', 'P0A01'])

function isOurs(sqlState: string): boolean {
  return sqlState.startsWith('22') || sqlState.startsWith('23') || ourStates.has(sqlState)
}

/**
 * True where the server answered with an error and takes the next statement. A statement cancelled for its time
 * (57014), the rest of class 57 and class 08 say that connection or server are not to be trusted with another; a plan
 * that the connection keeps and that does not fit a changed schema (0A000) would fail again.
 */
export function keepsConnection(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return false
  const sqlState = error.code ?? '08000'
  return !sqlState.startsWith('57') && !sqlState.startsWith('08') && sqlState !== '0A000'
}
