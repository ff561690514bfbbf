import type { PoolEvents } from './pool.ts'
import { createPool } from './pool.ts'
import type { Transactions } from './transaction.ts'
import { createTransactions } from './transaction.ts'

/** What whoever owns the database can do as a role that the product's own rules hold for. */
export type OwnerTransactions = {
  /** As postern_owner: the catalogue, operators and services; no row of any tenant. */
  readonly owner: Transactions
  /** As postern_runtime: users, and tenants' rows under row level security like anyone else's. */
  readonly runtime: Transactions
}

const statementMs = 30_000

/**
 * Runs `work` with one connection for each role, which has taken its role on before its first statement; gives both
 * back at the end. A connection is made when it is first used.
 *
 * @param options.ownerUrl a login that may take on both roles: whoever ran `postern migrate`. Direct, not through
 *   PgBouncer
 */
export async function withOwnerTransactions<Result>(
  options: { readonly ownerUrl: string; readonly events: PoolEvents },
  work: (transactions: OwnerTransactions) => Promise<Result>,
): Promise<Result> {
  const owner = openAs('postern_owner', options)
  const runtime = openAs('postern_runtime', options)
  try {
    return await work({ owner: owner.transactions, runtime: runtime.transactions })
  } finally {
    await Promise.all([owner.pool.end(), runtime.pool.end()])
  }
}

function openAs(role: string, options: { readonly ownerUrl: string; readonly events: PoolEvents }) {
  const url = new URL(options.ownerUrl)
  url.searchParams.set('options', `-c role=${role}`)
  const pool = createPool({
    url: url.href,
    connections: 1,
    connectMs: 10_000,
    answerMs: statementMs + 2000,
    idleMs: 1000,
    events: options.events,
  })
  return { pool, transactions: createTransactions({ pool, statementMs, waitingMax: 1 }) }
}
