import { acme } from './access-records.ts'
import type { TestDatabase } from './database.ts'
import { withClient } from './database.ts'

/** Writes so many changes of acme's access at once, as a superuser can; answers their versions, in order. */
export async function writeChanges(database: TestDatabase, count: number): Promise<readonly number[]> {
  await withClient(database.ownerUrl, client =>
    client.query(
      `INSERT INTO postern.outbox (tenant_id, aggregatetype, aggregateid, type, payload)
       SELECT $1::uuid, 'access', $1::uuid::text, 'membership.changed',
              jsonb_build_object('tenantId', $1::uuid, 'slug', 'acme', 'accessVersion', n)
         FROM generate_series(1, $2) n`,
      [acme.id, count],
    ),
  )
  return Array.from({ length: count }, (_, index) => index + 1)
}
