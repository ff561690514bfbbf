import { v7 as uuidv7 } from 'uuid'
import type { DirectoryUser } from '../../src/demo/identity-b2c.ts'
import {
  changeAccess,
  changeAccessOfPlan,
  changeAccessOfUser,
} from '../../src/store/postgres/change-access.ts'
import { withOwnerTransactions } from '../../src/store/postgres/owner-transactions.ts'
import { putPlanLimit } from '../../src/store/postgres/queries/catalogue.ts'
import { putTenantMembership } from '../../src/store/postgres/queries/memberships.ts'
import { insertTenant } from '../../src/store/postgres/queries/tenants.ts'
import { insertIdentity, insertUser } from '../../src/store/postgres/queries/users.ts'
import type { GlobalSession } from '../../src/store/postgres/transaction.ts'

export type BenchUser = DirectoryUser & { readonly userId: string }

const plan = 'bench'

/** Members of several tenants, new in every run, so that no earlier run has left anything warm. */
export function inventUsers(tenantCount: number, userCount: number): readonly BenchUser[] {
  const run = uuidv7().slice(-8)
  const tenants = Array.from({ length: tenantCount }, (_, index) => ({
    tenantId: uuidv7(),
    tenantSlug: `bench-${run}-${index}`,
  }))
  return Array.from({ length: userCount }, (_, index) => ({
    ...tenants[index % tenantCount]!,
    userId: uuidv7(),
    name: `user${index}`,
    objectId: uuidv7(),
    displayName: `User ${index}`,
  }))
}

/** Puts them into a migrated and seeded database, on a plan whose limits are counted but never reached. */
export async function settle(ownerUrl: string, issuer: string, users: readonly BenchUser[]): Promise<void> {
  await withOwnerTransactions({ ownerUrl, events: { onIdleLost: () => {} } }, async ({ owner, runtime }) => {
    await owner.global(insertPlan)
    await runtime.global(async session => {
      for (const { userId, displayName, objectId } of users) {
        await insertUser(session, { id: userId, displayName })
        const changing = await changeAccessOfUser(session, { kind: 'user.created', userId })
        await insertIdentity(changing, { issuer, subject: objectId })
      }
    })
    for (const [tenantId, members] of Map.groupBy(users, user => user.tenantId)) {
      await runtime.inTenant(tenantId, async session => {
        await insertTenant(session, { slug: members[0]!.tenantSlug, name: 'Bench', plan })
        const changing = await changeAccess(session, { kind: 'tenant.created', subject: tenantId })
        for (const { userId } of members) await putTenantMembership(changing, { userId, role: 'member' })
      })
    }
  })
}

/** The same three windows as the plans that are for sale, so that the limiter does the same work. */
async function insertPlan(session: GlobalSession): Promise<void> {
  await session.rows(
    'INSERT INTO postern.plans (name, description) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING',
    [plan, 'Of the bench: counted, never reached'],
  )
  const changing = await changeAccessOfPlan(session, { kind: 'plan.changed', plan })
  await putPlanLimit(changing, { name: 'minute', windowMs: 60_000, max: 10_000_000 })
  await putPlanLimit(changing, { name: 'hour', windowMs: 3_600_000, max: 10_000_000 })
  await putPlanLimit(changing, { name: 'day', windowMs: 86_400_000, max: 10_000_000 })
}
