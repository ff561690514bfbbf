import t from 'tap'
import { createTestDatabase, withClient } from '../../../support/database.ts'
import { readCatalog } from './sweep/catalog.ts'
import { rules } from './sweep/rules.ts'

const { ownerUrl } = await createTestDatabase(t)
const catalog = await withClient(ownerUrl, readCatalog)

for (const { name, breaches } of rules) {
  t.test(`of the whole schema: ${name}`, async t => t.same(breaches(catalog), []))
}

t.test('a tenant table that somebody adds and forgets to isolate breaks the rules', async t => {
  const forgotten = await withClient(ownerUrl, async client => {
    await client.query('CREATE TABLE postern.forgotten (id uuid PRIMARY KEY, tenant_id uuid)')
    await client.query('GRANT SELECT ON postern.forgotten TO postern_runtime')
    return await readCatalog(client)
  })
  const broken = rules.filter(({ breaches }) => breaches(forgotten).length > 0).map(({ name }) => name)
  t.match(broken, [
    'row level security is on and forced',
    'a policy for each role and command',
    'a floor below every role',
    'the tenant in each key',
    'rights are as agreed',
  ])
})
