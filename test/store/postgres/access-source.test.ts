import t from 'tap'
import { demoUsers } from '../../../src/demo/seeds.ts'
import {
  deleteTenantMembership,
  deleteWorkspaceMembership,
  putWorkspaceMembership,
} from '../../../src/store/postgres/queries/memberships.ts'
import {
  restoreTenant,
  softDeleteTenant,
  updateTenantStatus,
} from '../../../src/store/postgres/queries/tenants.ts'
import { insertIdentity, restoreUser, softDeleteUser } from '../../../src/store/postgres/queries/users.ts'
import {
  insertWorkspace,
  restoreWorkspace,
  softDeleteWorkspace,
} from '../../../src/store/postgres/queries/workspaces.ts'
import {
  acme,
  globex,
  globexOwner,
  guest,
  issuer,
  lab,
  member,
  mona,
  openAccess,
  openSource,
  soonMs,
} from '../../support/access-records.ts'
import { withClient } from '../../support/database.ts'
import { newId } from '../../support/records.ts'

t.test('a tenant is found by slug, by id, and by id in upper case, and the document is the same', async t => {
  const { source } = await openAccess(t)
  const document = await source.load({ ...mona, tenantRef: 'acme' })
  t.match(document, {
    tenant: { id: acme.id, slug: 'acme', status: 'active', plan: 'pro' },
    principal: { ...mona, userId: member.userId },
    accessVersion: 2,
    issuedAtMs: 1_790_000_000_000,
    role: 'member',
    breakGlass: null,
  })
  t.same(await source.load({ ...mona, tenantRef: acme.id }), document)
  t.same(await source.load({ ...mona, tenantRef: acme.id.toUpperCase() }), document)
})

t.test(
  'a tenant that is unknown, deleted, foreign or no name at all gets one and the same answer',
  async t => {
    const { source, change } = await openAccess(t)
    for (const tenantRef of [
      'nobody',
      '01900000-0000-7000-8000-00000000ffff',
      'globex',
      globex.id,
      'ACME',
      '',
      "acme' OR '1'='1",
      'acme\0',
      '%',
      'a'.repeat(10_000),
    ]) {
      t.equal(await source.load({ ...mona, tenantRef }), null, tenantRef.slice(0, 40).replace('\0', 'NUL'))
    }
    await change(acme.id, 'tenant.deleted', session => softDeleteTenant(session, soonMs()))
    t.equal(await source.load({ ...mona, tenantRef: 'acme' }), null, 'deleted, by slug')
    t.equal(await source.load({ ...mona, tenantRef: acme.id }), null, 'deleted, by id')
    await change(acme.id, 'tenant.restored', restoreTenant)
    t.match(await source.load({ ...mona, tenantRef: 'acme' }), { role: 'member', accessVersion: 4 })
  },
)

t.test('a principal is issuer and subject together, byte for byte', async t => {
  const { source } = await openAccess(t)
  for (const stranger of [
    { issuer: 'https://id.example', subject: member.objectId },
    { issuer: 'https://other.example/', subject: member.objectId },
    { issuer, subject: member.objectId.toUpperCase() },
    { issuer, subject: `${member.objectId} ` },
    { issuer, subject: `${member.objectId}\0` },
    { issuer: `${issuer}\0`, subject: member.objectId },
  ]) {
    t.equal(await source.load({ ...stranger, tenantRef: 'acme' }), null)
  }
})

t.test('a tenant that is suspended or archived says so in the document, at a higher version', async t => {
  const { source, change } = await openAccess(t)
  for (const status of ['suspended', 'archived'] as const) {
    await change(acme.id, 'tenant.changed', session => updateTenantStatus(session, status))
    t.match(await source.load({ ...mona, tenantRef: 'acme' }), { tenant: { status } })
  }
  t.equal((await source.load({ ...mona, tenantRef: 'acme' }))?.accessVersion, 4)
})

t.test('a user who is deleted, or has left, has no place any more', async t => {
  const { source, change, changeUser } = await openAccess(t)
  await changeUser(member.userId, softDeleteUser)
  t.equal(await source.load({ ...mona, tenantRef: 'acme' }), null)
  await changeUser(member.userId, restoreUser)
  t.match(await source.load({ ...mona, tenantRef: 'acme' }), {
    workspaces: { length: 1 },
    accessVersion: 4,
  })
  await change(acme.id, 'membership.removed', session => deleteTenantMembership(session, member.userId))
  t.equal(await source.load({ ...mona, tenantRef: 'acme' }), null)
})

t.test('all identities of a user have the same place', async t => {
  const { source, changeUser } = await openAccess(t)
  const second = { issuer: 'https://second.example/', subject: 'mona' }
  t.equal(await source.load({ ...second, tenantRef: 'acme' }), null)
  await changeUser(member.userId, session => insertIdentity(session, second))
  t.match(await source.load({ ...second, tenantRef: 'acme' }), {
    principal: { ...second, userId: member.userId },
    role: 'member',
  })
})

t.test('a role in a workspace adds to the role in the tenant, there and nowhere else', async t => {
  const { source, change } = await openAccess(t)
  const question = { issuer, subject: guest.objectId, tenantRef: 'acme' }
  await change(acme.id, 'membership.created', session =>
    putWorkspaceMembership(session, { workspaceId: lab.id, userId: guest.userId, role: 'member' }),
  )
  const document = await source.load(question)
  t.notOk(document?.permissions.includes('notes:write'))
  t.same(document?.workspaces, [
    { id: lab.id, slug: 'lab', role: 'member', permissions: ['echo:write', 'notes:write'] },
  ])
  await change(acme.id, 'membership.removed', session =>
    deleteWorkspaceMembership(session, lab.id, guest.userId),
  )
  t.same((await source.load(question))?.workspaces, [])
})

t.test('a workspace that is deleted is reached by nobody, until it is restored', async t => {
  const { source, change } = await openAccess(t)
  await change(acme.id, 'workspace.deleted', session => softDeleteWorkspace(session, lab.id, soonMs()))
  for (const { name, objectId, tenantSlug } of demoUsers) {
    if (tenantSlug !== 'acme') continue
    const document = await source.load({ issuer, subject: objectId, tenantRef: 'acme' })
    t.same(document?.workspaces, [], name)
  }
  await change(acme.id, 'workspace.restored', session => restoreWorkspace(session, lab.id))
  t.match(await source.load({ ...mona, tenantRef: 'acme' }), { workspaces: [{ slug: 'lab' }] })
})

t.test('workspaces with one name in two tenants are two workspaces', async t => {
  const { source, change } = await openAccess(t)
  const other = newId()
  await change(globex.id, 'workspace.created', session =>
    insertWorkspace(session, { id: other, slug: 'lab', name: 'Lab' }),
  )
  const document = await source.load({ issuer, subject: globexOwner.objectId, tenantRef: 'globex' })
  t.match(document?.workspaces, [{ id: other, slug: 'lab' }])
  t.equal(document?.workspaces.length, 1)
})

t.test('a store that cannot be asked throws instead of saying no', async t => {
  const { source } = openSource(t, 'postgres://postern_runtime@127.0.0.1:1/none')
  await t.rejects(source.load({ ...mona, tenantRef: 'acme' }), { code: 'STORE_UNAVAILABLE' })
  await t.rejects(source.load({ ...mona, tenantRef: acme.id }), { code: 'STORE_UNAVAILABLE' })
})

t.test('a database without our schema is not a tenant without members', async t => {
  const { source, database } = await openAccess(t)
  await withClient(database.ownerUrl, client => client.query('DROP SCHEMA postern CASCADE'))
  await t.rejects(source.load({ ...mona, tenantRef: acme.id }), { code: 'STORE_UNAVAILABLE' })
})
