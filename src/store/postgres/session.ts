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
    if (!this.#open) throw new Fault('INTERNAL', 'use a transaction after its end')
    try {
      return (await this.#client.query<Row>(text, [...values])).rows
    } catch (error) {
      if (!keepsConnection(error)) this.#sound = false
      throw storeFault(error, 'run a statement in Postgres')
    }
  }

  /** A failed statement that the work swallowed would turn COMMIT into a silent ROLLBACK, so it is looked at first. */
  async commit(): Promise<void> {
    if (this.#client.getTransactionStatus() !== 'T') {
      throw new Fault('INTERNAL', 'commit a transaction that has failed or ended before')
    }
    await this.rows('COMMIT', [])
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

  readonly #onLost = (): void => {
    this.#sound = false
  }
}
