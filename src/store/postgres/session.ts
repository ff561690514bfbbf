import type pg from 'pg'
import { Fault } from '../../lib/fault.ts'
import { keepsConnection, storeFault } from './store-fault.ts'
import { violationOf } from './violations.ts'

/**
 * One client for the length of one transaction; knows whether the client may serve another afterwards.
 *
 * Work may hold the handle for longer than its transaction lasts, or not wait for what it started. So statements are
 * taken one at a time, and none from the moment that the end of the transaction is on its way: it would run behind the
 * COMMIT, outside any transaction, on a client that has already gone to someone else.
 */
export class Session {
  readonly #client: pg.PoolClient
  readonly #lost = Promise.withResolvers<never>()
  #open = false
  #running = false
  #isDirect = false
  /** Two statements at once were asked for. */
  #misused = false
  #sound = true

  constructor(client: pg.PoolClient) {
    this.#client = client
    this.#lost.promise.catch(() => {})
    client.on('error', this.#onLost)
  }

  async begin(): Promise<void> {
    await this.#send('BEGIN', [])
    this.#open = true
  }

  /**
   * Says which backend answers. Plans are kept there under their names: behind PgBouncer, which gives clients keys of
   * its own making, another backend may answer next time, so that names mean nothing.
   */
  answeredBy(backendPid: number): void {
    this.#isDirect = (this.#client as Keyed).processID === backendPid
  }

  /**
   * Runs one statement; with a `planName` it is planned once on each connection, where connections are direct. Its
   * failure need not be heard: whoever does not wait for it is told by the commit, and must not end the process with a
   * rejection that nobody handles.
   */
  rows<Row extends pg.QueryResultRow>(
    text: string,
    values: readonly unknown[],
    planName?: string,
  ): Promise<Row[]> {
    const rows = this.#rows<Row>(text, values, planName)
    rows.catch(() => {})
    return rows
  }

  /**
   * What the work answers, or a fault as soon as the connection is lost: work that waits for something else would keep
   * its place in the pool long after the server gave up on it.
   */
  whileConnected<Result>(work: Promise<Result>): Promise<Result> {
    return Promise.race([work, this.#lost.promise])
  }

  /**
   * Postgres answers a COMMIT after a failed statement with a ROLLBACK and no error, and outside a transaction with a
   * warning: so work that swallowed a failure, or ended the transaction itself, would be reported as done.
   */
  async commit(): Promise<void> {
    this.#open = false
    if (this.#running) throw new Fault('INTERNAL', 'commit a transaction with a statement still running')
    if (this.#misused) throw new Fault('INTERNAL', 'commit a transaction that lacks a statement')
    if (!this.#sound) throw new Fault('STORE_UNAVAILABLE', 'commit on a connection that is not sound')
    const isOpen = this.#client.getTransactionStatus() === 'T'
    if (!isOpen || (await this.#send('COMMIT', [])).command !== 'COMMIT')
      throw new Fault('INTERNAL', 'commit a transaction that failed or ended before')
  }

  /** Never throws: a client that cannot roll back is not used again. */
  async rollBack(): Promise<void> {
    this.#open = false
    if (!this.#sound) return
    try {
      await this.#send('ROLLBACK', [])
    } catch {
      this.#sound = false
    }
  }

  /** Gives the client back, or destroys it unless it is known to be idle and outside any transaction. */
  end(): void {
    this.#open = false
    this.#client.off('error', this.#onLost)
    this.#client.release(!(this.#sound && this.#client.getTransactionStatus() === 'I'))
  }

  async #rows<Row extends pg.QueryResultRow>(
    text: string,
    values: readonly unknown[],
    planName?: string,
  ): Promise<Row[]> {
    this.#assertReady()
    this.#running = true
    try {
      return (await this.#send<Row>(text, values, planName)).rows
    } finally {
      this.#running = false
    }
  }

  #assertReady(): void {
    if (!this.#sound) throw new Fault('STORE_UNAVAILABLE', 'use a connection that is not sound')
    if (!this.#open || this.#client.getTransactionStatus() === 'I')
      throw new Fault('INTERNAL', 'use a transaction after its end')
    if (!this.#running) return
    this.#misused = true
    throw new Fault('INTERNAL', 'run two statements of a transaction at once')
  }

  async #send<Row extends pg.QueryResultRow>(
    text: string,
    values: readonly unknown[],
    planName?: string,
  ): Promise<pg.QueryResult<Row>> {
    const statement: Statement = { text, values: [...values], queryMode: 'extended' }
    if (planName !== undefined && this.#isDirect) statement.name = planName
    try {
      return await this.#client.query<Row>(statement)
    } catch (error) {
      if (!keepsConnection(error)) this.#sound = false
      throw violationOf(error, text) ?? storeFault(error, 'run a statement in Postgres')
    }
  }

  readonly #onLost = (error: Error): void => {
    this.#sound = false
    this.#lost.reject(storeFault(error, 'keep the connection of a transaction'))
  }
}

/** The key that the server gave the client with its connection, which pg does not declare. */
type Keyed = pg.PoolClient & { readonly processID?: number | null }

/** The simple protocol would run several statements from one text: a way out of the transaction, and of the tenant. */
type Statement = pg.QueryConfig & { readonly queryMode: 'extended' }
