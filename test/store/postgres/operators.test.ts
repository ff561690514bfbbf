import t from 'tap'
import { enterTenant } from '../../../src/store/postgres/break-glass.ts'
import { allOperators, createOperator, endOperator } from '../../../src/store/postgres/operators.ts'
import { insertService } from '../../../src/store/postgres/queries/services.ts'
import { softDeleteUser } from '../../../src/store/postgres/queries/users.ts'
import { guest, issuer, member, mona } from '../../support/access-records.ts'
import { withClient } from '../../support/database.ts'
import { newOperator, openPlatform } from '../../support/platform.ts'
import { newId } from '../../support/records.ts'

const { as, accessOf, eventsOf, everything, changeUser, database } = await openPlatform(t)

let tenants = 0
const newTenant = () => ({ id: newId(), slug: `initech-${++tenants}`, name: 'Initech', plan: 'pro' })

t.test('a stranger becomes an operator and the owner of a first tenant, announced to it', async t => {
  const wanted = { ...newOperator(), tenant: newTenant() }
  const { userId, identity, tenant } = wanted
  t.same(await as(all => createOperator(all, wanted)), {
    operator: { userId, displayName: 'Ada Lovelace' },
    isNew: true,
    tenant: { id: tenant.id, slug: tenant.slug, isNew: true },
  })
  t.match(await accessOf(identity, tenant.slug), {
    role: 'owner',
    principal: { userId },
    tenant: { plan: 'pro' },
  })
  t.equal(await accessOf(identity, 'acme'), null, 'an operator has no place anywhere else')
  t.same(await eventsOf(tenant.slug), [`tenant.created ${tenant.id}`])
})

t.test('to be created twice changes nothing, and names the user that is there', async t => {
  const first = { ...newOperator(), tenant: newTenant() }
  await as(all => createOperator(all, first))
  const before = await everything()
  const again = {
    ...first,
    userId: newId(),
    displayName: 'A. King',
    tenant: { ...first.tenant, id: newId() },
  }
  t.same(await as(all => createOperator(all, again)), {
    operator: { userId: first.userId, displayName: 'Ada Lovelace' },
    isNew: false,
    tenant: { id: first.tenant.id, slug: first.tenant.slug, isNew: false },
  })
  t.equal(await everything(), before)
})

t.test('a user who is known already becomes an operator, and keeps their places', async t => {
  const created = await as(all => createOperator(all, { ...newOperator(), identity: mona }))
  t.match(created, { isNew: true, operator: { userId: member.userId, displayName: 'Mona Member' } })
  t.match(await accessOf(mona, 'acme'), { role: 'member', breakGlass: null })
})

t.test('a tenant that cannot be made leaves no tenant and no operator', async t => {
  const operators = await as(allOperators)
  const create = (tenant: Partial<ReturnType<typeof newTenant>>) =>
    as(all => createOperator(all, { ...newOperator(), tenant: { ...newTenant(), ...tenant } }))
  const count = () =>
    withClient(
      database.ownerUrl,
      async client => (await client.query('SELECT FROM postern.tenants')).rowCount,
    )
  const before = await count()
  t.same(await create({ slug: 'acme' }), { mistake: 'slug-taken' })
  await t.rejects(create({ plan: 'gold' }), { message: /^There is no such plan/ })
  await t.rejects(create({ slug: 'No Slug' }), { message: /^A slug is/ })
  t.same(await as(allOperators), operators)
  t.equal(await count(), before)
})

t.test('a name that a service has cannot be an operator’s: both would be nobody’s', async t => {
  const wanted = newOperator()
  await as(({ owner }) =>
    owner.global(session => insertService(session, { id: newId(), name: 'robot', ...wanted.identity })),
  )
  const before = await everything()
  t.same(await as(all => createOperator(all, wanted)), { mistake: 'identity-of-a-service' })
  t.equal(await everything(), before)
})

t.test('a user who was deleted is not made an operator', async t => {
  const wanted = newOperator()
  await as(all => createOperator(all, wanted))
  await changeUser(wanted.userId, softDeleteUser)
  t.same(await as(all => createOperator(all, wanted)), { mistake: 'user-deleted' })
})

t.test('one who is revoked is out of every tenant at once, and each is told', async t => {
  const wanted = newOperator()
  const { userId, identity } = wanted
  await as(all => createOperator(all, wanted))
  for (const slug of ['acme', 'globex']) {
    const grant = { grantId: newId(), identity, slug, role: 'admin', minutes: 10 } as const
    await as(({ runtime }) => enterTenant(runtime, { ...grant, reason: 'Ticket 4711, at night' }))
    t.match(await accessOf(identity, slug), { role: 'admin' })
  }
  const versionOf = async () => (await accessOf(mona, 'acme'))!.accessVersion
  const before = await versionOf()
  t.match(await as(all => endOperator(all, identity)), { operator: { userId }, wasOperator: true })
  for (const slug of ['acme', 'globex']) {
    t.equal(await accessOf(identity, slug), null)
    t.equal((await eventsOf(slug)).at(-1), `operator.revoked ${userId}`)
  }
  t.equal(await versionOf(), before + 1)
  t.match(await as(all => endOperator(all, identity)), { wasOperator: false })
  t.equal(await versionOf(), before + 1, 'once')
  t.same(await as(all => createOperator(all, wanted)), { mistake: 'operator-revoked' })
})

t.test('who never was an operator cannot be revoked', async t => {
  for (const identity of [newOperator().identity, { issuer, subject: guest.objectId }])
    t.same(await as(all => endOperator(all, identity)), { mistake: 'not-an-operator' })
})

t.test(
  'operators are listed with what they are called, oldest first, and when they were revoked',
  async t => {
    const gert = { issuer, subject: guest.objectId }
    const wanted = newOperator()
    await as(all => createOperator(all, wanted))
    await as(all => createOperator(all, { ...newOperator(), identity: gert }))
    await as(all => endOperator(all, gert))
    const listed = (await as(allOperators)).slice(-2)
    t.match(listed, [
      { displayName: 'Ada Lovelace', identities: [wanted.identity], revokedAtMs: null },
      { displayName: 'Gert Guest', identities: [gert], revokedAtMs: Number },
    ])
    t.ok(listed[1]!.revokedAtMs! >= listed[1]!.createdAtMs)
  },
)
