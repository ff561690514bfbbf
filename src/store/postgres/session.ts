import type pg from 'pg'
import { Fault } from '../../lib/fault.ts'
import { keepsConnection, storeFault } from './store-fault.ts'

/** One client for the length of one transaction; knows whether the client may serve another afterwards. */
export class Session {
  readonly #client: pg.PoolClient
  #open = true
  #sound = true

  constructor(client: pg.PoolClient) {
    this.#client = client
    client.on('error', this.#onLost)
  }

  /** Runs one statement. A handle that outlives its transaction would read in another tenant's, so it throws. */
  async rows<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[]): Promise<Row[]> {
    return (await this.#run<Row>(text, values)).rows
  }

  /**
   * Postgres answers a COMMIT after a failed statement with a ROLLBACK and no error, and outside a transaction with a
   * warning: so work that swallowed a failure, or ended the transaction itself, would be reported as done.
   */
  async commit(): Promise<void> {
    const isOpen = this.#client.getTransactionStatus() !== 'I'
    const { command } = await this.#run('COMMIT', [])
    if (!isOpen || command !== 'COMMIT')
      throw new Fault('INTERNAL', 'commit a transaction that failed or ended before')
  }

  /** Never throws: a client that cannot roll back is not used again. */
  async rollBack(): Promise<void> {
    if (!this.#sound) return
    try {
      await this.rows('ROLLBACK', [])
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

  async #run<Row extends pg.QueryResultRow>(
    text: string,
    values: readonly unknown[],
  ): Promise<pg.QueryResult<Row>> {
    if (!this.#open) throw new Fault('INTERNAL', 'use a transaction after its end')
    try {
      return await this.#client.query<Row>(text, [...values])
    } catch (error) {
      if (!keepsConnection(error)) this.#sound = false
      throw storeFault(error, 'run a statement in Postgres')
    }
  }

  readonly #onLost = (): void => {
    this.#sound = false
  }
}
