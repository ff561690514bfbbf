import type pg from 'pg'
import type { PoolOptions } from '../../src/store/postgres/pool.ts'
import { createPool } from '../../src/store/postgres/pool.ts'

type Teardown = { readonly teardown: (done: () => Promise<void>) => unknown }

/** A pool with deadlines that no test reaches unless it means to; ended with the test. */
export function openPool(t: Teardown, url: string, more: Partial<PoolOptions> = {}): pg.Pool {
  const pool = createPool({
    url,
    connections: 4,
    connectMs: 5000,
    answerMs: 10_000,
    idleMs: 10_000,
    events: { onIdleLost() {} },
    ...more,
  })
  t.teardown(() => pool.end())
  return pool
}
