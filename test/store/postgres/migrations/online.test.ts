import t from 'tap'
import { ownMigrations } from '../../../../src/store/postgres/migrating/files.ts'
import { offencesOf } from '../../../support/online-migrations.ts'

const id = "'01900000-0000-7000-8000-000000000001'"

/** A row for each table that no migration fills by itself, as soon as the table exists. */
const rows: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ['users', 'id, display_name', `${id}, 'Mona'`],
    ['identities', 'issuer, subject, user_id', `'https://id.example/', 'mona', ${id}`],
    ['tenants', 'id, slug, name, plan', `${id}, 'acme', 'Acme', 'free'`],
    ['workspaces', 'tenant_id, id, slug, name', `${id}, ${id}, 'lab', 'Lab'`],
    ['tenant_memberships', 'tenant_id, user_id, role', `${id}, ${id}, 'owner'`],
    ['workspace_memberships', 'tenant_id, workspace_id, user_id, role', `${id}, ${id}, ${id}, 'member'`],
    ['projects', 'tenant_id, id, workspace_id, slug, name', `${id}, ${id}, ${id}, 'notes', 'Notes'`],
    ['custom_roles', 'tenant_id, id, name', `${id}, ${id}, 'reviewer'`],
    ['custom_role_permissions', 'tenant_id, role_id, permission', `${id}, ${id}, 'self:read'`],
    ['plan_limit_overrides', 'tenant_id, name, window_ms, max, reason', `${id}, 'minute', 60000, 1, 'trial'`],
    ['operators', 'user_id', id],
    ['services', 'id, name, issuer, subject', `${id}, 'memory', 'https://cluster.example/', 'memory'`],
    ['service_permissions', 'service_id, permission', `${id}, 'self:read'`],
    ['service_grants', 'tenant_id, service_id', `${id}, ${id}`],
    [
      'break_glass_grants',
      'tenant_id, id, operator_id, role, reason, expires_at',
      `${id}, ${id}, ${id}, 'owner', 'they asked for help', now() + interval '1 hour'`,
    ],
    [
      'revocations',
      'id, kind, issuer, key_id, expires_at, reason',
      `${id}, 'key', 'https://id.example/', 'k', now() + interval '1 day', 'leaked'`,
    ],
    [
      'outbox',
      'tenant_id, aggregatetype, aggregateid, type, payload',
      `${id}, 'access', 'a', 'tenant.made', '{}'`,
    ],
  ].map(([table, columns, values]) => [
    table,
    `INSERT INTO postern.${table} (${columns}) VALUES (${values})`,
  ]),
)

t.test('no migration rewrites or blocks a table that was there before it', async t => {
  t.same(await offencesOf(t, ownMigrations, rows), [])
})

const things = `CREATE TABLE postern.things (id int, name text, other text);
  CREATE INDEX by_id ON postern.things (id); CREATE TABLE postern.names (name text PRIMARY KEY);`
const filled = {
  things: "INSERT INTO postern.things VALUES (1, 'a', 'b')",
  names: "INSERT INTO postern.names VALUES ('a')",
}

type Test = Parameters<typeof offencesOf>[0] & Pick<typeof t, 'testdir' | 'same'>
type Case = readonly [sql: string, offence?: string]

/** What each of some migrations does to the things that were there before. */
async function check(test: Test, cases: readonly Case[]): Promise<void> {
  const files = cases.map(([sql], index) => {
    const ending = sql.includes('CONCURRENTLY') ? '.concurrently.sql' : '.sql'
    return [`${String(index + 2).padStart(4, '0')}_case${ending}`, sql]
  })
  const directory = test.testdir({ '0001_things.sql': things, ...Object.fromEntries(files) })
  const expected = cases.flatMap(([, offence], index) =>
    offence === undefined ? [] : [`${files[index]![0]} ${offence}`],
  )
  test.same(await offencesOf(test, directory, filled), expected)
}

t.test('a migration that rewrites or blocks a table is found', async t => {
  await check(t, [
    ['ALTER TABLE postern.things ADD COLUMN made uuid DEFAULT gen_random_uuid()', 'rewrites things'],
    ['ALTER TABLE postern.things ALTER COLUMN other TYPE int USING 1', 'rewrites things'],
    ['CREATE INDEX by_name ON postern.things (name)', 'builds by_name and keeps writers out'],
    ['ALTER TABLE postern.things ADD CONSTRAINT one UNIQUE (name)', 'builds one and keeps writers out'],
    ['REINDEX INDEX postern.by_id', 'builds by_id and keeps writers out'],
    [
      'ALTER TABLE postern.things ADD CONSTRAINT positive CHECK (id > 0)',
      'adds positive and scans the table for it',
    ],
    [
      `ALTER TABLE postern.things ADD CONSTRAINT at_once CHECK (id > 0) NOT VALID;
       ALTER TABLE postern.things VALIDATE CONSTRAINT at_once`,
      'adds at_once and scans the table for it',
    ],
    [
      'ALTER TABLE postern.things ADD CONSTRAINT named FOREIGN KEY (name) REFERENCES postern.names',
      'adds named and scans the table for it',
    ],
    [
      'ALTER TABLE postern.things ALTER COLUMN name SET NOT NULL',
      'makes column 2 of things NOT NULL and scans the table for it',
    ],
  ])
})

t.test('what is quick on a big table is let pass', async t => {
  await check(t, [
    ["ALTER TABLE postern.things ADD COLUMN more text NOT NULL DEFAULT 'x'"],
    ['ALTER TABLE postern.things ADD CONSTRAINT positive CHECK (id > 0) NOT VALID'],
    ['ALTER TABLE postern.things VALIDATE CONSTRAINT positive'],
    ['ALTER TABLE postern.things ADD CONSTRAINT named CHECK (name IS NOT NULL) NOT VALID'],
    ['ALTER TABLE postern.things VALIDATE CONSTRAINT named'],
    ['ALTER TABLE postern.things ALTER COLUMN name SET NOT NULL'],
    [
      `CREATE TABLE postern.others (name text PRIMARY KEY REFERENCES postern.names CHECK (name <> ''));
       CREATE INDEX by_first_letter ON postern.others (left(name, 1)); INSERT INTO postern.others VALUES ('a')`,
    ],
    ['ALTER TABLE postern.things DROP COLUMN other'],
    ['CREATE INDEX CONCURRENTLY IF NOT EXISTS by_name ON postern.things (name)'],
  ])
})

t.test('a table that nothing fills is found, because no migration would meet a row in it', async t => {
  const directory = t.testdir({ '0001_hollow.sql': 'CREATE TABLE postern.hollow ()' })
  t.same(await offencesOf(t, directory, {}), ['hollow is empty: give the test a row for it'])
})
