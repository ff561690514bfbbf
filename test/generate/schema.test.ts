import { readFileSync } from 'node:fs'
import t from 'tap'
import { createTestDatabase, withClient } from '../support/database.ts'
import { schemaReference } from './schema.ts'

const file = new URL('../../docs/schema.sql', import.meta.url)

t.test('docs/schema.sql is what the migrations make; else type: node test/generate.ts', async t => {
  const { ownerUrl } = await createTestDatabase(t)
  t.equal(await withClient(ownerUrl, schemaReference), readFileSync(file, 'utf8'), 'node test/generate.ts')
})

t.test('each thing that decides who sees what shows in the reference', async t => {
  const { ownerUrl } = await createTestDatabase(t)
  const before = await withClient(ownerUrl, schemaReference)
  for (const statement of [
    'ALTER TABLE postern.tenants NO FORCE ROW LEVEL SECURITY',
    'ALTER TABLE postern.tenants DISABLE ROW LEVEL SECURITY',
    'DROP POLICY tenants_floor ON postern.tenants',
    'ALTER POLICY tenants_of_runtime ON postern.tenants USING (true)',
    'ALTER POLICY tenants_of_resolver ON postern.tenants TO PUBLIC',
    'GRANT TRUNCATE ON postern.tenants TO postern_runtime',
    'GRANT SELECT (display_name) ON postern.users TO postern_resolver',
    'GRANT CREATE ON SCHEMA postern TO postern_runtime',
    'GRANT USAGE ON SEQUENCE postern.migrations_id_seq TO PUBLIC',
    'ALTER FUNCTION postern.tenant_id_of(text) RESET search_path',
    'ALTER FUNCTION postern.tenant_id_of(text) SECURITY INVOKER',
    'ALTER FUNCTION postern.tenant_id_of(text) OWNER TO postern_owner',
    'GRANT EXECUTE ON FUNCTION postern.tenant_id_of(text) TO PUBLIC',
    'ALTER TABLE postern.workspaces DROP CONSTRAINT workspaces_pkey CASCADE',
    'ALTER TABLE postern.users ALTER COLUMN display_name DROP NOT NULL',
    'ALTER TABLE postern.users ALTER COLUMN created_at DROP DEFAULT',
    'DROP INDEX postern.identities_by_user',
    'DROP TRIGGER tenants_access ON postern.tenants',
    'ALTER TABLE postern.users OWNER TO postern_runtime',
    "COMMENT ON TABLE postern.users IS 'global: it''s else'",
    'CREATE VIEW postern.everyone AS SELECT id FROM postern.users',
  ]) {
    const after = await withClient(ownerUrl, async client => {
      await client.query('BEGIN')
      await client.query(statement)
      return await schemaReference(client)
    })
    t.not(after, before, statement)
  }
})

t.test('a kind of object that the reference would leave out is an error', async t => {
  const { ownerUrl } = await createTestDatabase(t)
  for (const statement of [
    "CREATE TYPE postern.mood AS ENUM ('good')",
    'CREATE MATERIALIZED VIEW postern.copy AS SELECT 1',
  ]) {
    await withClient(ownerUrl, async client => {
      await client.query('BEGIN')
      await client.query(statement)
      await t.rejects(schemaReference(client), /does not know what (mood|copy) is/, statement)
    })
  }
})
