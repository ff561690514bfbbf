import t from 'tap'
import { enterTenant, leaveTenant } from '../../../src/store/postgres/break-glass.ts'
import { changeAccess } from '../../../src/store/postgres/change-access.ts'
import { createOperator, endOperator } from '../../../src/store/postgres/operators.ts'
import type { Identity } from '../../../src/store/postgres/queries/operators.ts'
import { softDeleteUser } from '../../../src/store/postgres/queries/users.ts'
import { mona } from '../../support/access-records.ts'
import { withClient } from '../../support/database.ts'
import { newOperator, openPlatform } from '../../support/platform.ts'
import { newId } from '../../support/records.ts'
import { until } from '../../support/until.ts'

const { as, accessOf, eventsOf, everything, changeUser, database } = await openPlatform(t)
const night = { slug: 'acme', role: 'admin', minutes: 30, reason: 'Ticket 4711, at night' } as const

async function operator() {
  const wanted = newOperator()
  await as(all => createOperator(all, wanted))
  return wanted
}

function enter(identity: Identity, more: Partial<Parameters<typeof enterTenant>[1]> = {}) {
  return as(({ runtime }) => enterTenant(runtime, { grantId: newId(), identity, ...night, ...more }))
}

function leave(identity: Identity, slug = 'acme') {
  return as(({ runtime }) => leaveTenant(runtime, { identity, slug }))
}

async function grantsOf(userId: string) {
  const { rows } = await withClient(database.ownerUrl, client =>
    client.query(
      `SELECT id, reason, role, closed_at, expires_at - opened_at > interval '29 minutes 59 seconds'
              AND expires_at - opened_at <= interval '30 minutes' AS timely
         FROM postern.break_glass_grants WHERE operator_id = $1`,
      [userId],
    ),
  )
  return rows
}

t.test('an operator is let in with a role, until a time, and the tenant is told of the grant', async t => {
  const { userId, identity } = await operator()
  const id = newId()
  const entered = await enter(identity, { grantId: id })
  t.match(entered, { operator: { userId, displayName: 'Ada Lovelace' }, grant: { id, role: 'admin' } })
  const { expiresAtMs } = (entered as { grant: { expiresAtMs: number } }).grant
  t.match(await accessOf(identity, 'acme'), { role: 'admin', breakGlass: { grantId: id, expiresAtMs } })
  t.equal(await accessOf(identity, 'globex'), null, 'and nowhere else')
  t.equal((await eventsOf('acme')).at(-1), `break-glass.opened ${id}`)
  const { reason, role } = night
  t.same(await grantsOf(userId), [{ id, reason, role, closed_at: null, timely: true }])
})

t.test('the longest time there is fits, whatever the clock of this machine says', async t => {
  const { identity } = await operator()
  t.match(await enter(identity, { minutes: 240 }), { grant: { role: 'admin' } })
})

t.test('a second way in is refused while one is open, and says which', async t => {
  const { identity } = await operator()
  const grantId = newId()
  await enter(identity, { grantId })
  const before = await everything()
  t.match(await enter(identity, { role: 'guest', minutes: 1 }), {
    mistake: 'already-open',
    grant: { id: grantId, role: 'admin' },
  })
  t.equal(await everything(), before)
  t.match(await enter(identity, { slug: 'globex' }), { tenant: { slug: 'globex' } }, 'another is another')
})

t.test('of two that are opened at the same moment one is left', async t => {
  const { identity, userId } = await operator()
  await withClient(database.ownerUrl, async client => {
    await client.query("BEGIN; SELECT FROM postern.tenants WHERE slug = 'acme' FOR UPDATE")
    const opened = Promise.allSettled([enter(identity), enter(identity)])
    await until('both have seen that nothing is open, and wait for the tenant', async () => {
      await client.query('SELECT pg_stat_clear_snapshot()')
      const { rowCount } = await client.query(
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      )
      return rowCount === 2
    })
    await client.query('ROLLBACK')
    const broken = (await opened).filter(({ status }) => status === 'rejected')
    t.match(broken, [{ reason: { code: 'STORE_UNAVAILABLE' } }])
  })
  t.equal((await grantsOf(userId)).length, 1)
})

t.test('who leaves is a stranger again, and the tenant is told which grant was closed', async t => {
  const { identity } = await operator()
  const grantId = newId()
  await enter(identity, { grantId })
  t.match(await leave(identity), { closed: [{ id: grantId }] })
  t.equal(await accessOf(identity, 'acme'), null)
  const told = [`break-glass.opened ${grantId}`, `break-glass.closed ${grantId}`]
  t.same((await eventsOf('acme')).slice(-2), told)
  const before = await everything()
  t.match(await leave(identity), { closed: [] })
  t.equal(await everything(), before, 'to leave twice changes nothing')
  t.match(await enter(identity), { grant: { role: 'admin' } }, 'and one can come back, by a new grant')
})

t.test('a grant that was closed is not opened again, nor is its end rewritten', async t => {
  const { identity } = await operator()
  await enter(identity)
  const left = await leave(identity)
  const { id } = (left as { tenant: { id: string } }).tenant
  for (const end of ['NULL', "'infinity'", "now() - interval '1 day'"]) {
    const rows = await as(({ runtime }) =>
      runtime.inTenant(id, async session => {
        await changeAccess(session, { kind: 'break-glass.closed', subject: id })
        return await session.rows(
          `UPDATE postern.break_glass_grants SET closed_at = ${end} WHERE closed_at IS NOT NULL RETURNING id`,
          [],
        )
      }),
    )
    t.same(rows, [], end)
  }
})

t.test('only an operator is let in, only while they are one, only into a tenant that exists', async t => {
  const ada = await operator()
  const former = await operator()
  const gone = await operator()
  await enter(former.identity)
  await as(all => endOperator(all, former.identity))
  await changeUser(gone.userId, softDeleteUser)
  const before = await everything()
  t.same(await enter(mona), { mistake: 'not-an-operator' }, 'a user')
  t.same(await enter(newOperator().identity), { mistake: 'not-an-operator' }, 'a stranger')
  t.same(await enter(former.identity), { mistake: 'operator-revoked' })
  t.same(await enter(gone.identity), { mistake: 'user-deleted' })
  t.same(await enter(ada.identity, { slug: 'nobody' }), { mistake: 'tenant-unknown' })
  t.same(await leave(mona), { mistake: 'not-an-operator' })
  t.same(await leave(ada.identity, 'nobody'), { mistake: 'tenant-unknown' })
  t.equal(await everything(), before)
  t.match(await leave(former.identity), { closed: [{ role: 'admin' }] }, 'what a revoked one left open')
})

t.test('a reason that is none, and a time that is too long, are refused by the table as well', async t => {
  const { identity } = await operator()
  await t.rejects(enter(identity, { reason: 'short' }), { message: /^A reason has/ })
  await t.rejects(enter(identity, { minutes: 241 }), { message: /^A way in ends/ })
})
