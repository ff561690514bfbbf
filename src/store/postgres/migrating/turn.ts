import type pg from 'pg'
import { backoffMs } from '../../../lib/backoff.ts'
import type { Clock } from '../../../lib/clock.ts'
import { pause } from '../../../lib/clock.ts'
import type { MigrateLog } from './progress.ts'

/** Names this product's migrations among the advisory locks of the database; any fixed number does. */
const migratorLock = '7236834721043267'

const pauses = { delayMsMin: 50, delayMsMax: 500 }

/**
 * Waits until this session is the only migrator of its database; the turn ends with the session. Throws after `turnMs`.
 *
 * It asks again and again: a statement that waited for the lock would hold a snapshot, and CREATE INDEX CONCURRENTLY of
 * the migrator at work waits for every snapshot older than its own.
 */
export async function takeTurn(
  client: pg.Client,
  options: { readonly turnMs: number; readonly clock: Clock; readonly log: MigrateLog },
): Promise<void> {
  const { turnMs, clock, log } = options
  const startMs = clock.elapsedMs()
  for (let attempt = 1; !(await tryLock(client)); attempt += 1) {
    if (attempt === 1) log.info({}, 'waiting for another migrator of this database')
    if (clock.elapsedMs() - startMs >= turnMs) {
      throw new Error(
        `another migrator of this database was still at work after ${turnMs / 1000} s; run postern migrate again`,
      )
    }
    await pause(clock, backoffMs(attempt, pauses))
  }
}

async function tryLock(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>(
    'SELECT pg_catalog.pg_try_advisory_lock($1) AS locked',
    [migratorLock],
  )
  return rows[0]!.locked
}
