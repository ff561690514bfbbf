import t from 'tap'
import { Fault } from '../../../src/lib/fault.ts'
import { Violation } from '../../../src/lib/violation.ts'
import type { ChangingSession } from '../../../src/store/postgres/change-access.ts'
import { insertProject } from '../../../src/store/postgres/queries/projects.ts'
import { insertTenant, updateTenantStatus } from '../../../src/store/postgres/queries/tenants.ts'
import { insertWorkspace } from '../../../src/store/postgres/queries/workspaces.ts'
import { violations } from '../../../src/store/postgres/violations.ts'
import { acme, globex, lab, openAccess } from '../../support/access-records.ts'
import { withClient } from '../../support/database.ts'
import { newId } from '../../support/records.ts'
import { provocations } from './provocations.ts'

const records = await openAccess(t)

/** Why no caller can break them, whatever they send: a violation is a bug of ours, and stays INTERNAL. */
const onlyBugsBreak: Readonly<Record<string, readonly string[]>> = {
  'ids are made here': [
    'users_pkey',
    'tenants_pkey',
    'workspaces_pkey',
    'projects_pkey',
    'revocations_pkey',
    'custom_roles_pkey',
    'services_pkey',
    'break_glass_grants_pkey',
    'outbox_pkey',
  ],
  'whoever writes a second one changes the first, or nothing': [
    'custom_role_permissions_pkey',
    'operators_pkey',
    'permissions_pkey',
    'plan_limit_overrides_pkey',
    'plan_limits_pkey',
    'service_grants_pkey',
    'service_permissions_pkey',
  ],
  'only migrations write them': [
    'migrations_pkey',
    'plans_pkey',
    'roles_pkey',
    'schema_compatibility_only_row_check',
    'schema_compatibility_pkey',
  ],
  'nobody can announce a change of what does not exist, and the triggers look before the keys do': [
    'break_glass_grants_tenant',
    'identities_user_id_fkey',
    'outbox_tenant',
    'plan_limit_overrides_tenant',
    'plan_limits_plan_fkey',
    'role_permissions_role_fkey',
    'service_grants_tenant',
    'service_permissions_service',
    'tenant_memberships_tenant_id_fkey',
    'workspaces_tenant_id_fkey',
  ],
  'the check on the role allows only roles that exist': [
    'break_glass_grants_role',
    'operators_role',
    'tenant_memberships_role_fkey',
    'workspace_memberships_role_fkey',
  ],
  'the primary key is part of it': ['custom_roles_scope_key'],
  'the query functions take no such thing': [
    'operators_role_level',
    'outbox_type_shape',
    'projects_purge_after_deletion',
    'projects_settings_object',
    'revocations_expire_later',
    'revocations_kind',
    'revocations_shape',
    'tenant_memberships_one_role',
    'tenants_access_version_check',
    'tenants_purge_after_deletion',
    'tenants_purged_when_due',
    'tenants_settings_check',
    'workspace_memberships_one_role',
    'workspaces_purge_after_deletion',
    'workspaces_settings_object',
  ],
}

/** Words of the product, which titles may use whatever was sent. */
const ownWords = new Set(['owner', 'admin', 'member', 'guest', 'free'])

const waysToBreak = Object.entries(provocations).flatMap(([code, constraints]) =>
  Object.entries(constraints).flatMap(([constraint, ways]) =>
    [ways].flat().map(provoke => ({ code, constraint, provoke })),
  ),
)

async function caught(attempt: Promise<unknown>): Promise<unknown> {
  return await attempt.then(
    () => null,
    (thrown: unknown) => thrown,
  )
}

for (const { code, constraint, provoke } of waysToBreak) {
  t.test(`${constraint} comes back as ${code}, and tells nothing of what was sent`, async t => {
    const seen: unknown[] = []
    const error = await caught(provoke(records, seen))
    t.type(error, Violation)
    t.match(error, { rule: { code }, constraint, cause: undefined })
    const told = JSON.stringify(error) + (error as Error).message
    const texts = seen
      .filter(value => value !== null)
      .map(value => (typeof value === 'object' ? JSON.stringify(value) : String(value)))
    for (const text of texts) {
      if (text.length > 2 && !ownWords.has(text)) t.notOk(told.includes(text), 'a value is told')
    }
  })
}

t.test('every row of the table is provoked above', async t => {
  const provoked = new Set(waysToBreak.map(({ code, constraint }) => `${code} ${constraint}`))
  const listed = violations.flatMap(({ code, written, deleted }) =>
    [...written, ...deleted].map(constraint => `${code} ${constraint}`),
  )
  t.same(
    listed.filter(row => !provoked.has(row)),
    [],
  )
})

t.test('every constraint has a row, or a reason why only a bug can break it, and never both', async t => {
  const inSchema = await withClient(records.database.ownerUrl, async client => {
    const found = await client.query<{ name: string }>(
      `SELECT conname AS name FROM pg_catalog.pg_constraint
        WHERE connamespace = 'postern'::regnamespace AND contype IN ('p', 'u', 'f', 'c', 'x')`,
    )
    return found.rows.map(({ name }) => name)
  })
  const sqlState = /^[0-9A-Z]{5}$/
  const inTable = violations.flatMap(({ written, deleted }) => [...written, ...deleted])
  const known = [
    ...new Set(inTable.filter(name => !sqlState.test(name))),
    ...Object.values(onlyBugsBreak).flat(),
  ]
  t.same(known.sort(), inSchema.sort())
})

t.test('no constraint has two meanings on one occasion, and no code two rows', async t => {
  for (const names of [
    violations.flatMap(({ written }) => written),
    violations.flatMap(({ deleted }) => deleted),
    violations.map(({ code }) => code),
  ]) {
    t.equal(new Set(names).size, names.length)
  }
})

t.test('what is taken is taken in the tenant, or in a namespace that all share on purpose', async t => {
  const shared = await withClient(records.database.ownerUrl, async client => {
    const found = await client.query<{ name: string }>(
      `SELECT k.conname AS name FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
        WHERE k.connamespace = 'postern'::regnamespace AND k.contype IN ('p', 'u') AND c.relrowsecurity
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a
                           WHERE a.attrelid = k.conrelid AND a.attname = 'tenant_id' AND a.attnum = ANY (k.conkey))`,
    )
    return found.rows.map(({ name }) => name)
  })
  const told = violations.flatMap(({ written }) => written).filter(name => shared.includes(name))
  t.same(told, ['tenants_slug_key'])
})

t.test('what another tenant has is answered as what nobody has', async t => {
  const inWorkspace = (workspaceId: string) =>
    caught(
      records.change(globex.id, 'workspace.changed', session =>
        insertProject(session, { id: newId(), workspaceId, slug: 'apollo', name: 'Apollo' }),
      ),
    )
  const [another, nobody] = [await inWorkspace(lab.id), await inWorkspace(newId())]
  t.match(another, { rule: { code: 'WORKSPACE_UNKNOWN' } })
  t.same(JSON.stringify(another), JSON.stringify(nobody))
  const made = (session: ChangingSession) =>
    insertWorkspace(session, { id: newId(), slug: lab.slug, name: 'Ours' })
  t.equal(await records.change(globex.id, 'workspace.created', made), true, 'and its names are free')
})

t.test('what only a bug can break stays a fault, with SQLSTATE and constraint for the log', async t => {
  const { runtime } = records
  const unannounced = runtime.inTenant(acme.id, session =>
    updateTenantStatus(session as ChangingSession, 'archived'),
  )
  t.match(await caught(unannounced), { code: 'INTERNAL', details: { sqlState: 'P0A01' } })
  const elsewhere = runtime.inTenant(acme.id, session =>
    insertTenant({ ...session, tenantId: newId() }, { slug: 'spy', name: 'Spy', plan: 'free' }),
  )
  t.match(await caught(elsewhere), { code: 'INTERNAL', details: { sqlState: '42501' } })
  const nowhere = runtime.global(session => session.rows('SELECT name FROM postern.tenants', []))
  t.match(await caught(nowhere), { code: 'INTERNAL', details: { sqlState: /^(22P02|42704)$/ } })
  const list = runtime.inTenant(acme.id, session =>
    session.rows("UPDATE postern.tenants SET settings = '[]'", []),
  )
  const fault = await caught(list)
  t.type(fault, Fault)
  t.match(fault, {
    code: 'INTERNAL',
    details: { sqlState: '23514', constraint: 'tenants_settings_check' },
  })
})
