import pg from 'pg'

export type PoolOptions = {
  readonly url: string
  readonly connections: number
  /** For a free connection, or for a new one to be made. */
  readonly connectMs: number
  /** How long the client waits for an answer; the server's own limit is set in the transaction and is shorter. */
  readonly answerMs: number
  readonly idleMs: number
  readonly events: PoolEvents
}

export type PoolEvents = {
  /** The server closed a connection that nobody was using; `reason` is a code, fit for a log line. */
  readonly onIdleLost: (reason: string) => void
}

/**
 * A bounded pool. Only transaction.ts takes clients out of it. No statement_timeout in the startup packet: PgBouncer
 * refuses connections that ask for one, and the transaction sets it anyway.
 */
export function createPool(options: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.connections,
    connectionTimeoutMillis: options.connectMs,
    query_timeout: options.answerMs,
    idleTimeoutMillis: options.idleMs,
    allowExitOnIdle: true,
    keepAlive: true,
    application_name: 'postern',
  })
  // An idle client whose server goes away tells the pool, which drops it; without a listener the process would end. The
  // pool stops listening while it hands a client over, and the bad news may come in the packet that let the client in.
  pool.on('error', error => options.events.onIdleLost(reasonOf(error)))
  pool.on('connect', client => client.on('error', () => {}))
  return pool
}

function reasonOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
