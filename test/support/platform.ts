import { seed } from '../../src/demo/seeds.ts'
import type { OwnerTransactions } from '../../src/store/postgres/owner-transactions.ts'
import type { Identity } from '../../src/store/postgres/queries/operators.ts'
import { issuer, openSource } from './access-records.ts'
import { createTestDatabase, silentLog, withClient } from './database.ts'
import { newId, openRecords } from './records.ts'

/** What `operator create` is asked for, for someone whom nobody knows yet. */
export function newOperator() {
  const userId = newId()
  const identity: Identity = { issuer: 'https://id.example/platform/', subject: userId }
  return { userId, identity, displayName: 'Ada Lovelace', tenant: null }
}

type Test = Parameters<typeof createTestDatabase>[0]

/** The demo's records, changed as the commands of an operator change them; and what sidecars would be told. */
export async function openPlatform(t: Test) {
  const database = await createTestDatabase(t)
  await seed(database.ownerUrl, issuer, silentLog)
  const { source } = openSource(t, database.runtimeUrl)
  const { owner, runtime, changeUser } = openRecords(t, database)
  return {
    database,
    changeUser,
    as: <Result>(work: (transactions: OwnerTransactions) => Promise<Result>) => work({ owner, runtime }),
    accessOf: (identity: Identity, tenantRef: string) => source.load({ ...identity, tenantRef }),
    /** Type and subject of what was announced for the tenant, oldest first. */
    eventsOf: async (slug: string): Promise<readonly string[]> => {
      const { rows } = await withClient(database.ownerUrl, client =>
        client.query<{ event: string }>(
          `SELECT o.type || ' ' || (o.payload ->> 'subject') AS event
             FROM postern.outbox o JOIN postern.tenants t ON t.id = o.tenant_id
            WHERE t.slug = $1 ORDER BY (o.payload ->> 'accessVersion')::bigint`,
          [slug],
        ),
      )
      return rows.map(({ event }) => event)
    },
    /** All rows of the platform, to see that nothing changed. */
    everything: async (): Promise<string> => {
      const { rows } = await withClient(database.ownerUrl, client =>
        client.query<{ text: string }>(
          `SELECT json_build_array(
             (SELECT json_agg(u ORDER BY u.id) FROM postern.users u),
             (SELECT json_agg(i ORDER BY i.issuer, i.subject) FROM postern.identities i),
             (SELECT json_agg(o ORDER BY o.user_id) FROM postern.operators o),
             (SELECT json_agg(n ORDER BY n.id) FROM postern.tenants n),
             (SELECT json_agg(m ORDER BY m.tenant_id, m.user_id) FROM postern.tenant_memberships m),
             (SELECT json_agg(g ORDER BY g.tenant_id, g.id) FROM postern.break_glass_grants g),
             (SELECT json_agg(e ORDER BY e.tenant_id, e.id) FROM postern.outbox e))::text AS text`,
        ),
      )
      return rows[0]!.text
    },
  }
}
