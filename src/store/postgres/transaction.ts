import type pg from 'pg'
import { Fault } from '../../lib/fault.ts'
import { Session } from './session.ts'
import { storeFault } from './store-fault.ts'

/**
 * Runs one statement of the open transaction, one at a time: numbered parameters, rows as objects.
 *
 * A statement whose planning costs more than its work has a `planName`, always the same for the same text: it is planned
 * once on each connection that is direct.
 */
export type RunStatement = <Row extends pg.QueryResultRow>(
  text: string,
  values: readonly unknown[],
  planName?: string,
) => Promise<Row[]>

/** A transaction that no tenant is set in: it sees the global tables and no row of a tenant's. */
export type GlobalSession = { readonly tenantId: null; readonly rows: RunStatement }

/** A transaction of one tenant: row level security shows and takes this tenant's rows only. */
export type TenantSession = { readonly tenantId: string; readonly rows: RunStatement }

export type Transactions = {
  /**
   * Runs `work` in a transaction of one tenant, commits what it did and gives the connection back. When anything
   * throws, everything is undone; a connection that ran out of time or could not roll back is destroyed. Throws
   * STORE_UNAVAILABLE when Postgres cannot be reached, answers too late, chose this transaction to end a deadlock, or
   * too many already wait for it; INTERNAL when `work` swallowed a failure, did not wait for a statement, or ran two at
   * once; a Violation when what was to be written breaks a rule of violations.ts.
   */
  readonly inTenant: <Result>(
    tenantId: string,
    work: (session: TenantSession) => Promise<Result>,
  ) => Promise<Result>
  /** The same without a tenant. */
  readonly global: <Result>(work: (session: GlobalSession) => Promise<Result>) => Promise<Result>
}

export type TransactionOptions = {
  readonly pool: pg.Pool
  /** For one statement, and for the pause between two. */
  readonly statementMs: number
  /** How many may wait for a connection. */
  readonly waitingMax: number
}

/**
 * The only place that tells Postgres which tenant it works for. The setting belongs to the transaction (`true`), so it
 * ends with it, on every connection and behind PgBouncer in transaction mode as well.
 */
export function createTransactions(options: TransactionOptions): Transactions {
  return {
    async inTenant(tenantId, work) {
      if (!uuid.test(tenantId))
        throw new Fault('INTERNAL', 'begin a transaction of something that is no tenant id')
      return await transact(options, tenantId, session => work({ tenantId, rows: rowsOf(session) }))
    },
    async global(work) {
      return await transact(options, '', session => work({ tenantId: null, rows: rowsOf(session) }))
    },
  }
}

const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i

async function transact<Result>(
  options: TransactionOptions,
  tenantId: string,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  const session = new Session(await checkOut(options))
  try {
    await session.begin()
    const [answered] = await session.rows<{ pid: number }>(
      `SELECT set_config('app.tenant_id', $1, true), set_config('statement_timeout', $2, true),
              set_config('idle_in_transaction_session_timeout', $2, true), pg_backend_pid() AS pid`,
      [tenantId, String(options.statementMs)],
    )
    session.answeredBy(answered!.pid)
    const result = await session.whileConnected(work(session))
    await session.commit()
    return result
  } catch (error) {
    await session.rollBack()
    throw error
  } finally {
    session.end()
  }
}

async function checkOut(options: TransactionOptions): Promise<pg.PoolClient> {
  if (options.pool.waitingCount >= options.waitingMax) {
    throw new Fault('STORE_UNAVAILABLE', 'wait for a connection to Postgres', { waiting: options.waitingMax })
  }
  try {
    return await options.pool.connect()
  } catch (error) {
    throw storeFault(error, 'connect to Postgres')
  }
}

function rowsOf(session: Session): RunStatement {
  return (text, values, planName) => session.rows(text, values, planName)
}
