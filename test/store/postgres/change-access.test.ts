import pg from 'pg'
import t from 'tap'
import type { ChangingSession, SharedChangingSession } from '../../../src/store/postgres/change-access.ts'
import {
  changeAccess,
  changeAccessOfPlan,
  changeAccessOfRole,
  changeAccessOfService,
  changeAccessOfUser,
} from '../../../src/store/postgres/change-access.ts'
import type { OwnerTransactions } from '../../../src/store/postgres/owner-transactions.ts'
import { withOwnerTransactions } from '../../../src/store/postgres/owner-transactions.ts'
import { openBreakGlass } from '../../../src/store/postgres/queries/break-glass.ts'
import { putTenantMembership } from '../../../src/store/postgres/queries/memberships.ts'
import { admitService } from '../../../src/store/postgres/queries/services.ts'
import { updateTenantPlan } from '../../../src/store/postgres/queries/tenants.ts'
import type { GlobalSession, TenantSession } from '../../../src/store/postgres/transaction.ts'
import type { Shared } from '../../support/access-changes.ts'
import { accessChanges, readIds, sharedChanges } from '../../support/access-changes.ts'
import { soonMs } from '../../support/access-records.ts'
import { createTestDatabase, withClient } from '../../support/database.ts'
import { newId } from '../../support/records.ts'
import { sourceFiles } from '../../support/source-files.ts'
import type { TwoTenants } from '../../support/two-tenants.ts'
import { insertTwoTenants } from '../../support/two-tenants.ts'
import { until } from '../../support/until.ts'

const unannounced = { code: 'INTERNAL', details: { sqlState: 'P0A01' } }
const secondThoughts = new Error('second thoughts')

type Test = Parameters<typeof createTestDatabase>[0]
type Stage = OwnerTransactions &
  TwoTenants & { readonly owning: pg.Client; readonly ids: Awaited<ReturnType<typeof readIds>> }

/** A database of its own with two tenants, and a superuser who sees both. */
async function onStage(t: Test, work: (stage: Stage) => Promise<void>): Promise<void> {
  const { ownerUrl } = await createTestDatabase(t)
  await withClient(ownerUrl, async owning => {
    const tenants = await insertTwoTenants(owning)
    const ids = await readIds(owning)
    const events = { onIdleLost() {} }
    await withOwnerTransactions({ ownerUrl, events }, transactions =>
      work({ ...transactions, ...tenants, owning, ids }),
    )
  })
}

/** The version of a tenant and what its events say, oldest first. */
async function stateOf(client: pg.Client, tenant: string) {
  const { rows } = await client.query<{ version: number; events: readonly object[] }>(
    `SELECT access_version::int AS version,
            ARRAY(SELECT payload FROM postern.outbox WHERE tenant_id = $1 ORDER BY created_at) AS events
       FROM postern.tenants WHERE id = $1`,
    [tenant],
  )
  return rows[0]!
}

/** How a session would look that someone made without announcing anything. */
const pretendingIn = (session: TenantSession): ChangingSession => ({ ...session, accessVersion: 1 })
const pretendingOf = (session: GlobalSession, { changing }: Shared): SharedChangingSession => ({
  ...session,
  changing,
})

/** A place in alpha for each thing that is shared and has none there; from a transaction that is not committed yet. */
function lateArrivals(ids: Stage['ids']) {
  const [userId, operatorId, serviceId] = [
    ids['bravo worker']!,
    ids['bravo operator']!,
    ids['bravo-service']!,
  ]
  const as = 'owner'
  const grant = {
    id: newId(),
    role: 'guest',
    reason: 'Ticket 4711, at night',
    expiresAtMs: soonMs(),
  } as const
  const arrivals: readonly (readonly [string, Shared, (session: ChangingSession) => Promise<unknown>])[] = [
    [
      'a member',
      { of: 'user', changing: userId, as },
      session => putTenantMembership(session, { userId, role: 'guest' }),
    ],
    [
      'an operator',
      { of: 'user', changing: operatorId, as },
      session => openBreakGlass(session, { ...grant, operatorId }),
    ],
    ['a service', { of: 'service', changing: serviceId, as }, session => admitService(session, serviceId)],
    ['a plan', { of: 'plan', changing: 'pro', as }, session => updateTenantPlan(session, 'pro')],
  ]
  return arrivals
}

async function announceShared(
  session: GlobalSession,
  { of, changing }: Shared,
): Promise<SharedChangingSession> {
  if (of === 'user') return await changeAccessOfUser(session, { kind: 'user.deleted', userId: changing })
  if (of === 'service')
    return await changeAccessOfService(session, { kind: 'service.changed', serviceId: changing })
  if (of === 'plan') return await changeAccessOfPlan(session, { kind: 'plan.changed', plan: changing })
  return await changeAccessOfRole(session, { kind: 'role.changed', role: changing })
}

t.test('every change of a tenant’s access is refused unannounced, and told once when announced', async t => {
  await onStage(t, async ({ runtime, mine, theirs, owning, ids }) => {
    const other = await stateOf(owning, theirs)
    for (const [name, change] of accessChanges(ids, Date.now())) {
      const before = await stateOf(owning, mine)
      await t.rejects(
        runtime.inTenant(mine, session => change(pretendingIn(session))),
        unannounced,
        `${name} unannounced`,
      )
      const broken = runtime.inTenant(mine, async session => {
        await change(await changeAccess(session, { kind: 'tenant.changed', subject: name }))
        throw secondThoughts
      })
      await t.rejects(broken, secondThoughts)
      t.same(await stateOf(owning, mine), before, `${name} undone`)
      const version = before.version + 1
      await runtime.inTenant(mine, async session => {
        const changing = await changeAccess(session, { kind: 'tenant.changed', subject: name })
        t.equal(changing.accessVersion, version)
        await change(changing)
      })
      const event = {
        tenantId: mine,
        slug: 'alpha',
        accessVersion: version,
        kind: 'tenant.changed',
        subject: name,
      }
      t.same(await stateOf(owning, mine), { version, events: [...before.events, event] }, name)
    }
    t.same(await stateOf(owning, theirs), other, 'of the other tenant nothing was said')
  })
})

t.test('every change of what tenants share is refused unannounced, and told once when announced', async t => {
  await onStage(t, async ({ owner, runtime, mine, owning, ids }) => {
    for (const [name, shared, change] of sharedChanges(ids)) {
      const transactions = shared.as === 'owner' ? owner : runtime
      const before = await stateOf(owning, mine)
      await t.rejects(
        transactions.global(session => change(pretendingOf(session, shared))),
        unannounced,
        `${name} unannounced`,
      )
      const broken = transactions.global(async session => {
        await change(await announceShared(session, shared))
        throw secondThoughts
      })
      await t.rejects(broken, secondThoughts)
      t.same(await stateOf(owning, mine), before, `${name} undone`)
      await transactions.global(async session => change(await announceShared(session, shared)))
      const after = await stateOf(owning, mine)
      t.equal(after.version, before.version + 1, name)
      t.match(after.events.slice(before.events.length), [
        { tenantId: mine, accessVersion: after.version, subject: shared.changing },
      ])
      t.equal(after.events.length, before.events.length + 1, `one event for ${name}`)
    }
  })
})

t.test('every statement that asks for an announcement is among those that are tried', async t => {
  const texts = sourceFiles('src/store/postgres/queries').map(({ text }) => text)
  const asking = texts.flatMap(text => [
    ...text.matchAll(/function (\w+)\(\s*session: (?:Shared)?ChangingSession/g),
  ])
  const tried = [...accessChanges({}, 0), ...sharedChanges({})].map(([name]) => name)
  // What scrubTenant takes away no access document says; it asks because it belongs to a purge, which is announced.
  t.same(asking.map(match => match[1]).sort(), [...tried, 'scrubTenant'].sort())
})

t.test('an announcement in one tenant does not cover another, nor the next transaction', async t => {
  await onStage(t, async ({ runtime, mine, theirs, ids }) => {
    const suspend = accessChanges(ids, 0).find(([name]) => name === 'updateTenantStatus')![1]
    const across = runtime.inTenant(mine, async session => {
      await changeAccess(session, { kind: 'tenant.changed', subject: mine })
      await session.rows("SELECT set_config('app.tenant_id', $1, true)", [theirs])
      await suspend({ ...session, tenantId: theirs, accessVersion: 2 })
    })
    await t.rejects(across, unannounced)
    await runtime.inTenant(mine, session => changeAccess(session, { kind: 'tenant.changed', subject: mine }))
    await t.rejects(
      runtime.inTenant(mine, session => suspend(pretendingIn(session))),
      unannounced,
    )
  })
})

t.test('an identity that changes hands is announced for both users', async t => {
  await onStage(t, async ({ runtime, ids }) => {
    const [from, to] = [ids['alpha worker']!, ids['bravo worker']!]
    const move = async (session: GlobalSession, announced: readonly string[]) => {
      for (const userId of announced) await changeAccessOfUser(session, { kind: 'identity.linked', userId })
      await session.rows('UPDATE postern.identities SET user_id = $1 WHERE user_id = $2', [to, from])
    }
    for (const announced of [[from], [to]])
      await t.rejects(
        runtime.global(session => move(session, announced)),
        unannounced,
      )
    await t.resolves(runtime.global(session => move(session, [from, to])))
  })
})

t.test('a tenant that gives a place to what is changing meanwhile is told of the change as well', async t => {
  await onStage(t, async ({ owner, runtime, mine, owning, ids }) => {
    const isWaiting = async () => {
      const { rowCount } = await owning.query(
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      )
      return rowCount === 1
    }
    for (const [name, shared, give] of lateArrivals(ids)) {
      let announced = Promise.resolve<unknown>(null)
      await runtime.inTenant(mine, async session => {
        await give(await changeAccess(session, { kind: 'tenant.changed', subject: mine }))
        let isAnnounced = false
        announced = owner.global(async global => {
          await announceShared(global, shared)
          isAnnounced = true
        })
        await until(
          `${name}: the change is announced or waits`,
          async () => isAnnounced || (await isWaiting()),
        )
      })
      await announced
      t.match((await stateOf(owning, mine)).events.at(-1), { subject: shared.changing }, name)
    }
  })
})

t.test('a tenant that does not exist has no access that could change', async t => {
  await onStage(t, async ({ runtime }) => {
    const nobody = '01900000-0000-7000-8000-00000000ffff'
    await t.rejects(
      runtime.inTenant(nobody, session => changeAccess(session, { kind: 'tenant.changed', subject: nobody })),
      { code: 'INTERNAL' },
    )
  })
})

t.test(
  'changes of one tenant take their versions in the order of their commits; others do not wait',
  async t => {
    const { ownerUrl, runtimeUrl } = await createTestDatabase(t)
    const { mine, theirs } = await withClient(ownerUrl, insertTwoTenants)
    const announce = async (client: pg.Client, tenant: string) => {
      await client.query('BEGIN')
      await client.query("SELECT set_config('app.tenant_id', $1, true)", [tenant])
      const { rows } = await client.query(
        "SELECT postern.change_access('tenant.changed', 'x')::int AS version",
      )
      return rows[0].version
    }
    const waits = async () =>
      await withClient(ownerUrl, async client => {
        const found = await client.query(
          "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        )
        return found.rowCount === 1
      })
    const [first, second, other] = await Promise.all([
      connect(t, runtimeUrl),
      connect(t, runtimeUrl),
      connect(t, runtimeUrl),
    ])
    t.equal(await announce(first, mine), 2)
    const waiting = announce(second, mine)
    await until('the second change waits for the first', waits)
    t.equal(await announce(other, theirs), 2, 'the other tenant’s does not wait')
    await first.query('COMMIT')
    t.equal(await waiting, 3)
    await second.query('ROLLBACK')
    t.equal(await announce(first, mine), 3, 'a version that was not committed is given again')
  },
)

async function connect(t: Test, url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  t.teardown(() => client.end())
  return client
}
