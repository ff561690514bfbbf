import t from 'tap'
import type { ChangingSession } from '../../../../src/store/postgres/change-access.ts'
import {
  changeAccessOfPlan,
  changeAccessOfService,
  changeAccessOfUser,
} from '../../../../src/store/postgres/change-access.ts'
import { closeBreakGlass, openBreakGlass } from '../../../../src/store/postgres/queries/break-glass.ts'
import { insertPermission, putPlanLimit } from '../../../../src/store/postgres/queries/catalogue.ts'
import {
  deleteCustomRole,
  insertCustomRole,
  setCustomRolePermissions,
} from '../../../../src/store/postgres/queries/custom-roles.ts'
import {
  deleteLimitOverride,
  putLimitOverride,
} from '../../../../src/store/postgres/queries/limit-overrides.ts'
import {
  putTenantMembership,
  putWorkspaceMembership,
} from '../../../../src/store/postgres/queries/memberships.ts'
import { insertOperator, revokeOperator } from '../../../../src/store/postgres/queries/operators.ts'
import {
  admitService,
  disableService,
  dismissService,
  grantServicePermission,
  insertService,
} from '../../../../src/store/postgres/queries/services.ts'
import { updateTenantPlan } from '../../../../src/store/postgres/queries/tenants.ts'
import { insertWorkspace } from '../../../../src/store/postgres/queries/workspaces.ts'
import {
  acme,
  globexOwner,
  guest,
  issuer,
  lab,
  member,
  mona,
  openAccess,
  soonMs,
} from '../../../support/access-records.ts'
import { withClient } from '../../../support/database.ts'
import { newId } from '../../../support/records.ts'

/** A role of acme's own, for all of it or for the lab. */
async function makeRole(
  change: Awaited<ReturnType<typeof openAccess>>['change'],
  name: string,
  workspaceId: string | null,
  permissions: readonly string[],
): Promise<string> {
  const id = newId()
  await change(acme.id, 'custom-role.changed', async session => {
    await insertCustomRole(session, { id, workspaceId, name, description: '' })
    await setCustomRolePermissions(session, id, permissions)
  })
  return id
}

t.test('a custom role of the tenant allows what it lists, in the tenant and in a workspace', async t => {
  const { source, change } = await openAccess(t)
  const id = await makeRole(change, 'auditor', null, ['self:read', 'events:read'])
  await change(acme.id, 'membership.changed', session =>
    putTenantMembership(session, { userId: member.userId, customRoleId: id }),
  )
  t.match(await source.load({ ...mona, tenantRef: 'acme' }), {
    role: 'auditor',
    permissions: ['events:read', 'self:read'],
    workspaces: [{ slug: 'lab', role: 'member' }],
  })
  await change(acme.id, 'custom-role.changed', session =>
    setCustomRolePermissions(session, id, ['notes:read']),
  )
  t.same((await source.load({ ...mona, tenantRef: 'acme' }))?.permissions, ['notes:read'])
  await change(acme.id, 'membership.changed', session =>
    putWorkspaceMembership(session, {
      workspaceId: lab.id,
      userId: guest.userId,
      customRoleId: id,
    }),
  )
  const guestDocument = await source.load({ issuer, subject: guest.objectId, tenantRef: 'acme' })
  t.match(guestDocument?.workspaces, [{ role: 'auditor', permissions: [] }], 'a guest could do that before')
})

t.test('a custom role of a workspace is given there, and neither in the tenant nor in another', async t => {
  const { source, change } = await openAccess(t)
  const id = await makeRole(change, 'curator', lab.id, ['notes:write'])
  const put = (workspaceId: string) => (session: ChangingSession) =>
    putWorkspaceMembership(session, { workspaceId, userId: guest.userId, customRoleId: id })
  await change(acme.id, 'membership.created', put(lab.id))
  const document = await source.load({ issuer, subject: guest.objectId, tenantRef: 'acme' })
  t.match(document?.workspaces, [{ role: 'curator', permissions: ['notes:write'] }])
  await t.rejects(
    change(acme.id, 'membership.changed', session =>
      putTenantMembership(session, { userId: guest.userId, customRoleId: id }),
    ),
  )
  const other = newId()
  await change(acme.id, 'workspace.created', session =>
    insertWorkspace(session, { id: other, slug: 'attic', name: 'Attic' }),
  )
  await t.rejects(change(acme.id, 'membership.created', put(other)))
  await t.rejects(
    change(acme.id, 'custom-role.removed', session => deleteCustomRole(session, id)),
    'as long as someone has it',
  )
})

t.test('a plan says the limits; an override holds instead until it ends, or is taken back', async t => {
  const { source, change, owner } = await openAccess(t)
  const limits = async () => (await source.load({ ...mona, tenantRef: 'acme' }))?.tenant.limits
  const minute = (max: number) => ({ name: 'minute', windowMs: 60_000, max })
  const rest = [
    { name: 'hour', windowMs: 3_600_000, max: 100_000 },
    { name: 'day', windowMs: 86_400_000, max: 1_000_000 },
  ]
  t.same(await limits(), [minute(6000), ...rest])
  const put = (max: number, endsAtMs: number | null) =>
    change(acme.id, 'limit.changed', session =>
      putLimitOverride(session, { ...minute(max), reason: 'asked for it', endsAtMs }),
    )
  await put(9000, null)
  t.same(await limits(), [minute(9000), ...rest])
  await put(9500, soonMs())
  t.same(await limits(), [minute(9500), ...rest])
  await change(acme.id, 'limit.changed', session => deleteLimitOverride(session, 'minute'))
  t.same(await limits(), [minute(6000), ...rest])
  await change(acme.id, 'limit.changed', session =>
    putLimitOverride(session, {
      name: 'second',
      windowMs: 1000,
      max: 5,
      reason: 'spares them',
      endsAtMs: null,
    }),
  )
  t.same(
    await limits(),
    [{ name: 'second', windowMs: 1000, max: 5 }, minute(6000), ...rest],
    'a limit of its own',
  )
  await owner.global(async session => {
    const changing = await changeAccessOfPlan(session, { kind: 'plan.changed', plan: 'pro' })
    await putPlanLimit(changing, minute(7000))
  })
  t.match(await limits(), [{ name: 'second' }, minute(7000)])
  await change(acme.id, 'tenant.changed', session => updateTenantPlan(session, 'free'))
  t.match(await limits(), [{ name: 'second' }, minute(60)])
})

t.test('an override that has ended does not hold', async t => {
  const { source, database } = await openAccess(t)
  await withClient(database.ownerUrl, async client => {
    await client.query('SET session_replication_role = replica')
    await client.query(
      `INSERT INTO postern.plan_limit_overrides (tenant_id, name, window_ms, max, reason, created_at, ends_at)
       VALUES ($1, 'minute', 60000, 1, 'was', now() - interval '2 days', now() - interval '1 day')`,
      [acme.id],
    )
  })
  t.match(await source.load({ ...mona, tenantRef: 'acme' }), {
    tenant: { limits: [{ name: 'minute', max: 6000 }, {}, {}] },
  })
})

t.test('a service is let in by the tenant, with the permissions that the platform gave it', async t => {
  const { source, change, owner } = await openAccess(t)
  const id = newId()
  const orchestrator = {
    issuer: 'https://cluster.example/',
    subject: 'system:serviceaccount:qlp:orchestrator',
  }
  const ofService = (work: (session: Parameters<typeof disableService>[0]) => Promise<void>) =>
    owner.global(async session =>
      work(await changeAccessOfService(session, { kind: 'service.changed', serviceId: id })),
    )
  await owner.global(async session => {
    await insertService(session, { id, name: 'orchestrator', ...orchestrator })
    await insertPermission(session, { name: 'work:run', description: 'Run work' })
  })
  await ofService(session => grantServicePermission(session, 'work:run'))
  const load = (tenantRef: string) => source.load({ ...orchestrator, tenantRef })
  t.equal(await load('acme'), null, 'not let in yet')
  await change(acme.id, 'service.admitted', session => admitService(session, id))
  t.match(await load('acme'), {
    principal: { userId: id },
    role: 'service',
    permissions: ['work:run'],
    workspaces: [],
  })
  t.equal(await load('globex'), null)
  await change(acme.id, 'service.dismissed', session => dismissService(session, id))
  t.equal(await load('acme'), null)
  await change(acme.id, 'service.admitted', session => admitService(session, id))
  await ofService(disableService)
  t.equal(await load('acme'), null, 'disabled everywhere')
})

t.test('a name that a user and a service both have is nobody’s', async t => {
  const { source, change, owner } = await openAccess(t)
  const id = newId()
  await owner.global(session => insertService(session, { id, name: 'imitation', ...mona }))
  await change(acme.id, 'service.admitted', session => admitService(session, id))
  t.equal(await source.load({ ...mona, tenantRef: 'acme' }), null)
})

t.test('an operator has no place in a tenant, but for an open break-glass grant', async t => {
  const { source, change, owner } = await openAccess(t)
  const operator = globexOwner
  const grantId = newId()
  const load = () => source.load({ issuer, subject: operator.objectId, tenantRef: 'acme' })
  await owner.global(session => insertOperator(session, operator.userId))
  t.equal(await load(), null)
  const expiresAtMs = soonMs()
  const grant = {
    id: grantId,
    operatorId: operator.userId,
    role: 'guest',
    reason: 'Ticket 4711, at night',
  } as const
  const openGrant = (session: ChangingSession) => openBreakGlass(session, { ...grant, expiresAtMs })
  await change(acme.id, 'break-glass.opened', openGrant)
  t.match(await load(), {
    principal: { userId: operator.userId },
    role: 'guest',
    permissions: ['events:read', 'notes:read', 'self:read', 'socket:open'],
    breakGlass: { grantId, expiresAtMs },
  })
  await change(acme.id, 'break-glass.closed', session => closeBreakGlass(session, operator.userId))
  t.equal(await load(), null, 'closed early')
  await change(acme.id, 'break-glass.opened', session =>
    openBreakGlass(session, { ...grant, id: newId(), expiresAtMs }),
  )
  t.not(await load(), null)
  const versionBefore = (await load())!.accessVersion
  await owner.global(async session => {
    await revokeOperator(
      await changeAccessOfUser(session, { kind: 'operator.revoked', userId: operator.userId }),
    )
  })
  t.equal(await load(), null, 'no longer an operator')
  t.match(await source.load({ ...mona, tenantRef: 'acme' }), { accessVersion: versionBefore + 1 })
})

t.test('a member who is let in as an operator as well holds what either allows', async t => {
  const { source, change, owner } = await openAccess(t)
  await owner.global(session => insertOperator(session, guest.userId))
  await change(acme.id, 'break-glass.opened', session =>
    openBreakGlass(session, {
      id: newId(),
      operatorId: guest.userId,
      role: 'admin',
      reason: 'Ticket 4712, at noon',
      expiresAtMs: soonMs(),
    }),
  )
  const document = await source.load({ issuer, subject: guest.objectId, tenantRef: 'acme' })
  t.match(document, { role: 'guest', workspaces: [{ slug: 'lab' }] })
  t.ok(document?.permissions.includes('workspaces:any'))
})
