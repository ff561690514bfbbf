import t from 'tap'
import { postern } from '../support/command.ts'
import { configText, controlSections } from '../support/config-text.ts'
import { createEmptyDatabase, createTestDatabase, withClient } from '../support/database.ts'

t.test('a database that cannot be reached exits with 1, without the password in its address', async t => {
  const url = 'postgres://owner:hunter2@127.0.0.1:1/postern'
  for (const args of [
    ['migrate', '--url', url],
    ['migrate', 'status', '--url', url],
  ]) {
    const { code, out, err } = await postern(args)
    t.same([code, out], [1, ''])
    t.match(err, /the database could not be migrated/)
    t.notMatch(err, 'hunter2')
  }
})

t.test('a database is migrated with progress, and once more without any', async t => {
  const { ownerUrl } = await createEmptyDatabase(t)
  const first = await postern(['migrate', '--url', ownerUrl])
  t.equal(first.code, 0)
  t.match(first.err, /^applying 0001_tenants \(1 of \d+\)\napplied 0001_tenants in \d+ ms\n/)
  t.match(
    first.out,
    /^applied 0001_tenants\napplied 0002_catalogue\n[\s\S]*The database is up to date now\.\n$/,
  )
  t.same(await postern(['migrate', '--url', ownerUrl]), {
    code: 0,
    out: 'The database is up to date.\n',
    err: '',
  })
  const status = await postern(['migrate', 'status', '--url', ownerUrl])
  t.match(status, { code: 0, out: /^applied {2}0001_tenants\n/, err: '' })
})

t.test('a schema that this version must not touch exits with 1, and says what to do', async t => {
  const { ownerUrl } = await createTestDatabase(t)
  await withClient(ownerUrl, async client => {
    await client.query("INSERT INTO postern.migrations (name, run_on) VALUES ('9999_breaking', now())")
    await client.query("UPDATE postern.schema_compatibility SET must_know = '9999_breaking'")
  })
  const advice = /every version must know 9999_breaking.*Run a newer version of Postern/
  t.match(await postern(['migrate', '--url', ownerUrl]), { code: 1, out: '', err: advice })
  const status = await postern(['migrate', 'status', '--url', ownerUrl])
  t.match(status, { code: 1, out: /^newer {4}9999_breaking$/m, err: advice })
})

t.test('a login that Postgres refuses exits with 1 and the SQLSTATE', async t => {
  const url = new URL((await createEmptyDatabase(t)).ownerUrl)
  url.username = 'postern_nobody'
  const { code, err } = await postern(['migrate', '--url', url.href])
  t.equal(code, 1)
  t.match(err, /connect to Postgres as the owner \(SQLSTATE 28/)
})

t.test('a configuration without an owner of the database cannot migrate it', async t => {
  const directory = t.testdir({ 'c.yaml': configText({}, controlSections) })
  const { code, err } = await postern(['migrate', '--config', 'c.yaml'], { directory })
  t.equal(code, 64)
  t.match(err, /c\.yaml has no section owner/)
})
