import t from 'tap'
import { generate } from '../../bench/database/generate.ts'
import { readArguments } from '../../bench/database/generate-arguments.ts'
import type { Population } from '../../bench/database/population.ts'
import { samplePrincipals } from '../../bench/database/principals.ts'
import { verify } from '../../bench/database/verify.ts'
import { openSource } from '../support/access-records.ts'
import { createEmptyDatabase, createTestDatabase, withClient } from '../support/database.ts'

const population: Population = {
  tenants: 60,
  usersPerTenant: 6,
  workspacesPerTenant: 3,
  projectsPerWorkspace: 2,
  seed: 4,
}
const tables = [
  ...[
    'tenants',
    'workspaces',
    'projects',
    'users',
    'identities',
    'tenant_memberships',
    'workspace_memberships',
  ],
  ...['custom_roles', 'custom_role_permissions', 'plan_limit_overrides', 'services', 'service_permissions'],
  ...['service_grants', 'operators', 'break_glass_grants'],
]

async function fill(url: string, more: Partial<Population> = {}, add = false) {
  return await generate({
    url,
    population: { ...population, ...more },
    add,
    progress: () => {},
    signal: new AbortController().signal,
  })
}

/** Of every value of every row. */
async function digestOf(url: string): Promise<Readonly<Record<string, string>>> {
  return await withClient(url, async client => {
    const digests: Record<string, string> = {}
    for (const table of tables) {
      const { rows } = await client.query<{ digest: string }>(
        `SELECT count(*) || ' rows, ' || md5(string_agg(r::text, '|' ORDER BY r::text)) AS digest FROM postern.${table} r`,
      )
      digests[table] = rows[0]!.digest
    }
    return digests
  })
}

t.test('the same numbers make the same rows, another seed makes others', async t => {
  const [one, two, three] = [
    await createTestDatabase(t),
    await createTestDatabase(t),
    await createTestDatabase(t),
  ]
  await Promise.all([fill(one.ownerUrl), fill(two.ownerUrl), fill(three.ownerUrl, { seed: 5 })])
  const digest = await digestOf(one.ownerUrl)
  t.same(await digestOf(two.ownerUrl), digest)
  t.not((await digestOf(three.ownerUrl)).tenants, digest.tenants)
})

t.test('what was stopped is completed by --add to the same rows, and no other run touches it', async t => {
  const [stopped, whole] = [await createTestDatabase(t), await createTestDatabase(t)]
  const stop = new AbortController()
  const first = await generate({
    url: stopped.ownerUrl,
    population,
    membersPerBatch: 120,
    add: false,
    progress: () => stop.abort(),
    signal: stop.signal,
  })
  t.match(first, { whole: false, rows: { tenants: 20 } })
  await t.rejects(fill(stopped.ownerUrl), /--add/)
  t.match(await fill(stopped.ownerUrl, {}, true), { whole: true, rows: { tenants: 40 } })
  await fill(whole.ownerUrl)
  t.same(await digestOf(stopped.ownerUrl), await digestOf(whole.ownerUrl))
})

t.test('every tenant has an owner and every foreign key holds; what breaks either is found', async t => {
  const { ownerUrl } = await createTestDatabase(t)
  await fill(ownerUrl)
  await withClient(ownerUrl, async client => {
    await verify(client)
    await client.query("SET session_replication_role = 'replica'")
    for (const [breakage, words] of [
      ["DELETE FROM postern.tenant_memberships WHERE role = 'owner'", /workspace_memberships|no owner/],
      ['DELETE FROM postern.workspaces', /rows break the foreign key .*workspace/],
      [
        "UPDATE postern.tenant_memberships SET role = 'member' WHERE role = 'owner'",
        /60 tenants have no owner/,
      ],
    ] as const) {
      await client.query('BEGIN')
      await client.query(breakage)
      await t.rejects(verify(client), words, breakage)
      await client.query('ROLLBACK')
    }
  })
})

t.test('sampled principals have documents, of every kind that there is', async t => {
  const { ownerUrl, runtimeUrl } = await createTestDatabase(t)
  await fill(ownerUrl)
  const { source } = openSource(t, runtimeUrl)
  const principals = await withClient(ownerUrl, client => samplePrincipals(client, 200))
  t.equal(principals.length, 200)
  const roles = new Set<string>()
  for (const { tenantId, issuer, subject } of principals) {
    const document = await source.load({ issuer, subject, tenantRef: tenantId })
    t.equal(document?.tenant.id, tenantId)
    t.ok(document?.permissions.includes('self:read'))
    roles.add(document!.role)
  }
  t.ok(roles.size > 4, `built-in roles and custom ones: ${[...roles].join()}`)
})

t.test('sizes are skewed, and people belong to several tenants', async t => {
  const { ownerUrl } = await createTestDatabase(t)
  await fill(ownerUrl, { tenants: 300 })
  const { rows } = await withClient(ownerUrl, client =>
    client.query(`
      SELECT max(members)::int AS most, percentile_disc(0.5) WITHIN GROUP (ORDER BY members)::int AS median,
             sum(members)::int AS all, (SELECT count(*)::int FROM postern.users) AS users
        FROM (SELECT count(*) AS members FROM postern.tenant_memberships GROUP BY tenant_id) counted`),
  )
  const { most, median, all, users } = rows[0]
  t.ok(most > 20 * median, `${most} is many more than ${median}`)
  t.ok(all > 0.85 * 300 * 6 && all < 1.15 * 300 * 6, `${all} is about 300 times 6`)
  t.ok(users < all, `${users} people are in ${all} places`)
})

t.test('a database that is not migrated is refused with what to type', async t => {
  const { ownerUrl } = await createEmptyDatabase(t)
  await t.rejects(fill(ownerUrl), /migrations are missing.*--migrate/)
})

t.test('arguments that make no sense are refused', async t => {
  const given = ['--tenants', '10', '--users', '5', '--workspaces', '2', '--url', 'postgres://localhost/x']
  t.match(readArguments(given, {}), {
    population: { tenants: 10, projectsPerWorkspace: 2, seed: 1 },
    add: false,
  })
  t.match(readArguments(given.slice(0, 6), { DATABASE_URL: 'postgres://localhost/y' }), {
    url: 'postgres://localhost/y',
  })
  t.equal(readArguments(given.slice(0, 6), {}), null)
  t.equal(readArguments(given.slice(2), {}), null)
  for (const wrong of ['0', '-1', '1.5', 'many', '', '1e3'])
    t.equal(readArguments([...given, '--tenants', wrong], {}), null, `of ${JSON.stringify(wrong)} tenants`)
})
