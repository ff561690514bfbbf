import type pg from 'pg'
import type { Test } from 'tap'
import type { TestDatabase } from './database.ts'
import { withClient } from './database.ts'
import type { Storm } from './storm.ts'
import { lookAround, sightOf } from './tenant-rows.ts'
import { until } from './until.ts'

/**
 * Every connection is usable or gone, none is left inside a transaction, and none remembers a tenant.
 *
 * @param connections how many of them there are to Postgres, at most
 */
export async function assertRecovered(
  t: Test,
  storm: Storm,
  { database, connections }: { readonly database: TestDatabase; readonly connections: number },
): Promise<void> {
  const { pool } = storm
  t.match(pool, { waitingCount: 0, idleCount: pool.totalCount }, 'all clients were given back')
  await withClient(database.ownerUrl, client =>
    until('no backend works on, or waits in a transaction', async () => (await busyBackends(client)) === 0),
  )
  t.same(await sightsAtOnce(storm, connections), expectedSights(storm, connections))
  const clients = await Promise.all(Array.from({ length: connections }, () => pool.connect()))
  const remembered = await Promise.all(clients.map(rememberedTenant))
  for (const client of clients) client.release()
  t.same(remembered.filter(Boolean), [])
}

async function busyBackends(client: pg.Client): Promise<number> {
  const found = await client.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM pg_stat_activity
      WHERE datname = current_database() AND usename = 'postern_runtime' AND state <> 'idle'`,
  )
  return found.rows[0]!.count
}

/** One transaction on each connection, none of which goes on before all have begun. */
async function sightsAtOnce({ transactions, tenants }: Storm, connections: number) {
  const { promise: allHere, resolve } = Promise.withResolvers<void>()
  let here = 0
  const one = (index: number) =>
    transactions.inTenant(tenants[index % tenants.length]!.id, async ({ rows }) => {
      here += 1
      if (here === connections) resolve()
      await allHere
      return await lookAround(rows)
    })
  return await Promise.all(Array.from({ length: connections }, (_, index) => one(index)))
}

function expectedSights({ tenants }: Storm, connections: number) {
  return Array.from({ length: connections }, (_, index) => sightOf(tenants[index % tenants.length]!))
}

/** In a transaction, because each of several at once has a server connection of its own then. */
async function rememberedTenant(client: pg.PoolClient): Promise<string | null> {
  await client.query('BEGIN')
  const found = await client.query<{ tenant: string | null }>(
    "SELECT current_setting('app.tenant_id', true) AS tenant",
  )
  await client.query('ROLLBACK')
  return found.rows[0]!.tenant
}
