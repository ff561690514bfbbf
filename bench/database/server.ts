import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { startPostgres } from '../../src/demo/postgres.ts'
import { createPool } from '../../src/store/postgres/pool.ts'
import type { Transactions } from '../../src/store/postgres/transaction.ts'
import { createTransactions } from '../../src/store/postgres/transaction.ts'

export type Database = {
  /** As a superuser. */
  readonly ownerUrl: string
  readonly runtimeUrl: string
  readonly runtimePassword: string
}

export type BenchServer = {
  /** Of Postgres. */
  readonly version: string
  /** Runs `work` in an empty database of its own, which is dropped afterwards. */
  readonly withDatabase: <Result>(
    name: string,
    work: (database: Database) => Promise<Result>,
  ) => Promise<Result>
}

/** What Postgres has by default, and what a demonstration goes without. */
export const settings = ['fsync=on', 'synchronous_commit=on', 'full_page_writes=on']

/** Starts an embedded Postgres with the settings it has by default; it goes, with all its data, when it is closed. */
export async function startBenchServer(
  closers: (() => unknown)[],
  progress: (line: string) => void,
): Promise<BenchServer> {
  const postgres = await startPostgres({ databaseUrl: undefined, settings, progress })
  closers.push(postgres.close)
  const run = async (text: string) => {
    const client = new pg.Client({ connectionString: postgres.url })
    await client.connect()
    try {
      return await client.query(text)
    } finally {
      await client.end()
    }
  }
  const runtimePassword = randomBytes(16).toString('hex')
  return {
    version: (await run('SHOW server_version')).rows[0].server_version,
    async withDatabase(name, work) {
      await run(`CREATE DATABASE ${name}`)
      const ownerUrl = new URL(postgres.url)
      ownerUrl.pathname = `/${name}`
      const runtimeUrl = new URL(ownerUrl)
      Object.assign(runtimeUrl, { username: 'postern_runtime', password: runtimePassword })
      try {
        return await work({ ownerUrl: ownerUrl.href, runtimeUrl: runtimeUrl.href, runtimePassword })
      } finally {
        await run(`DROP DATABASE ${name} WITH (FORCE)`)
      }
    },
  }
}

export function openTransactions(url: string, connections: number, closers: (() => unknown)[]): Transactions {
  const pool = createPool({
    url,
    connections,
    connectMs: 10_000,
    answerMs: 600_000,
    idleMs: 600_000,
    events: { onIdleLost: () => {} },
  })
  closers.push(() => pool.end())
  return createTransactions({ pool, statementMs: 590_000, waitingMax: 8 })
}
