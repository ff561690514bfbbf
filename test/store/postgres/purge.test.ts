import t from 'tap'
import { demoUsers } from '../../../src/demo/seeds.ts'
import type { ChangingSession } from '../../../src/store/postgres/change-access.ts'
import { purgeTenant } from '../../../src/store/postgres/purge.ts'
import {
  insertCustomRole,
  setCustomRolePermissions,
} from '../../../src/store/postgres/queries/custom-roles.ts'
import { putLimitOverride } from '../../../src/store/postgres/queries/limit-overrides.ts'
import {
  putTenantMembership,
  putWorkspaceMembership,
} from '../../../src/store/postgres/queries/memberships.ts'
import {
  insertProject,
  purgeProjects,
  restoreProject,
  softDeleteProject,
} from '../../../src/store/postgres/queries/projects.ts'
import { admitService, insertService } from '../../../src/store/postgres/queries/services.ts'
import {
  findTenantId,
  insertTenant,
  restoreTenant,
  softDeleteTenant,
} from '../../../src/store/postgres/queries/tenants.ts'
import {
  insertWorkspace,
  purgeWorkspaces,
  restoreWorkspace,
  softDeleteWorkspace,
} from '../../../src/store/postgres/queries/workspaces.ts'
import { acme, globex, guest, lab, mona, openAccess, soonMs } from '../../support/access-records.ts'
import { withClient } from '../../support/database.ts'
import { newId } from '../../support/records.ts'

const overdueMs = () => Date.now() - 1000

type Opened = Awaited<ReturnType<typeof openAccess>>

/** Rows of acme in every table that a tenant's contents stand in. */
async function furnish({ change, owner }: Opened): Promise<void> {
  const serviceId = newId()
  await owner.global(session =>
    insertService(session, {
      id: serviceId,
      name: 'memory',
      issuer: 'https://c.example/',
      subject: 'memory',
    }),
  )
  await change(acme.id, 'tenant.changed', async session => {
    for (const [name, workspaceId] of [
      ['auditor', null],
      ['curator', lab.id],
    ] as const) {
      const id = newId()
      await insertCustomRole(session, { id, workspaceId, name, description: '' })
      await setCustomRolePermissions(session, id, ['self:read'])
      await putWorkspaceMembership(session, { workspaceId: lab.id, userId: guest.userId, customRoleId: id })
      if (workspaceId === null) await putTenantMembership(session, { userId: guest.userId, customRoleId: id })
    }
    await insertProject(session, { id: newId(), workspaceId: lab.id, slug: 'apollo', name: 'Apollo' })
    await admitService(session, serviceId)
    await putLimitOverride(session, { name: 'minute', windowMs: 60_000, max: 1, reason: 'x', endsAtMs: null })
  })
}

const contents = [
  'workspaces',
  'projects',
  'tenant_memberships',
  'workspace_memberships',
  'custom_roles',
  'custom_role_permissions',
  'plan_limit_overrides',
  'service_grants',
]

/** How many rows each table of contents has for acme. */
async function countContents({ runtime }: Opened): Promise<Record<string, number>> {
  return await runtime.inTenant(acme.id, async session => {
    const counts: Record<string, number> = {}
    for (const table of contents) {
      const [row] = await session.rows<{ count: number }>(
        `SELECT count(*)::int AS count FROM postern.${table}`,
        [],
      )
      counts[table] = row!.count
    }
    return counts
  })
}

const purge = ({ change }: Opened) => change(acme.id, 'tenant.purged', purgeTenant)

t.test('a tenant that is not deleted, or not yet due, keeps everything', async t => {
  const opened = await openAccess(t)
  await furnish(opened)
  const before = await countContents(opened)
  t.equal(await purge(opened), false)
  await opened.change(acme.id, 'tenant.deleted', session => softDeleteTenant(session, soonMs()))
  t.equal(await purge(opened), false)
  t.same(await countContents(opened), before)
  t.notOk(Object.values(before).includes(0), 'each of the tables had something to lose')
})

t.test('of a tenant that is due nothing stays but a name that nobody else can have', async t => {
  const opened = await openAccess(t)
  const { change, runtime, source } = opened
  await furnish(opened)
  await change(acme.id, 'tenant.deleted', session => softDeleteTenant(session, overdueMs()))
  t.equal(await purge(opened), true)
  t.same(
    Object.values(await countContents(opened)),
    contents.map(() => 0),
  )
  t.equal(await source.load({ ...mona, tenantRef: 'acme' }), null)
  t.equal(await change(acme.id, 'tenant.restored', restoreTenant), false, 'there is no way back')
  t.equal(await purge(opened), false, 'once is enough')
  const another = newId()
  await t.rejects(
    runtime.inTenant(another, session =>
      insertTenant(session, { slug: 'acme', name: 'Other', plan: 'free' }),
    ),
  )
  t.equal(await runtime.global(session => findTenantId(session, 'acme')), null)
})

t.test('what stays of a tenant that was purged cannot be changed, whoever asks for it', async t => {
  const opened = await openAccess(t)
  await opened.change(acme.id, 'tenant.deleted', session => softDeleteTenant(session, overdueMs()))
  await purge(opened)
  for (const change of [
    'deleted_at = NULL, purge_after = NULL',
    'deleted_at = NULL, purge_after = NULL, purged_at = NULL',
    "slug = 'another', name = 'Another'",
  ]) {
    const rows = await opened.change(acme.id, 'tenant.restored', session =>
      session.rows(`UPDATE postern.tenants SET ${change} WHERE id = $1 RETURNING id`, [acme.id]),
    )
    t.same(rows, [], change)
  }
  // Nor by whoever no policy holds for.
  const revived = withClient(opened.database.ownerUrl, client =>
    client.query(
      `BEGIN; UPDATE postern.tenants SET access_changed_by = pg_current_xact_id();
       UPDATE postern.tenants SET deleted_at = NULL, purge_after = NULL WHERE id = '${acme.id}'`,
    ),
  )
  await t.rejects(revived, { code: '23514' })
})

t.test('purging one tenant touches no other', async t => {
  const opened = await openAccess(t)
  const owner = demoUsers.find(user => user.tenantId === globex.id)!
  const load = () => opened.source.load({ ...mona, subject: owner.objectId, tenantRef: 'globex' })
  const before = await load()
  await opened.change(acme.id, 'tenant.deleted', session => softDeleteTenant(session, overdueMs()))
  await purge(opened)
  t.not(before, null)
  t.same(await load(), before)
})

t.test('workspaces that are due go with all that is in them, and no others', async t => {
  const opened = await openAccess(t)
  const { change } = opened
  await furnish(opened)
  const attic = newId()
  const inAcme = <Result>(work: (session: ChangingSession) => Promise<Result>) =>
    change(acme.id, 'workspace.changed', work)
  await inAcme(session => insertWorkspace(session, { id: attic, slug: 'attic', name: 'Attic' }))
  t.equal(await inAcme(purgeWorkspaces), 0)
  await inAcme(session => softDeleteWorkspace(session, lab.id, soonMs()))
  t.equal(await inAcme(purgeWorkspaces), 0, 'deleted, but it can still be restored')
  await inAcme(session => restoreWorkspace(session, lab.id))
  await inAcme(session => softDeleteWorkspace(session, lab.id, overdueMs()))
  t.equal(await inAcme(session => softDeleteWorkspace(session, lab.id, soonMs())), false, 'deleted already')
  t.equal(await inAcme(purgeWorkspaces), 1)
  t.match(await countContents(opened), {
    workspaces: 1,
    projects: 0,
    workspace_memberships: 0,
    custom_roles: 1,
    tenant_memberships: 4,
  })
  t.match(await opened.source.load({ ...mona, tenantRef: 'acme' }), { workspaces: [] })
})

t.test('projects are deleted, restored and purged on their own', async t => {
  const { runtime } = await openAccess(t)
  const id = newId()
  const project = { id, workspaceId: lab.id, slug: 'apollo', name: 'Apollo' }
  await runtime.inTenant(acme.id, async session => {
    t.equal(await insertProject(session, project), true)
    t.equal(await insertProject(session, project), false, 'it is there already')
    t.equal(await restoreProject(session, id), false, 'it is not deleted')
    t.equal(await softDeleteProject(session, id, soonMs()), true)
    t.equal(await purgeProjects(session), 0)
    t.equal(await restoreProject(session, id), true)
    await softDeleteProject(session, id, overdueMs())
    t.equal(await purgeProjects(session), 1)
  })
})

t.test('even the statement that forgets when a row is due removes none that is not', async t => {
  const { runtime } = await openAccess(t)
  await runtime.inTenant(acme.id, async session => {
    await session.rows('SELECT postern.change_access($1, $2)', ['workspace.purged', lab.id])
    t.same(await session.rows('DELETE FROM postern.workspaces RETURNING id', []), [])
  })
  await t.rejects(
    runtime.inTenant(acme.id, session => session.rows('DELETE FROM postern.tenants', [])),
    { name: 'Fault', details: { sqlState: '42501' } },
  )
})

t.test('each step towards the end of a tenant is told', async t => {
  const opened = await openAccess(t)
  await opened.change(acme.id, 'tenant.deleted', session => softDeleteTenant(session, overdueMs()))
  await purge(opened)
  const types = await withClient(opened.database.ownerUrl, client =>
    client.query('SELECT type FROM postern.outbox WHERE tenant_id = $1 ORDER BY created_at', [acme.id]),
  )
  t.same(
    types.rows.map(({ type }) => type),
    ['tenant.created', 'tenant.deleted', 'tenant.purged'],
  )
})
