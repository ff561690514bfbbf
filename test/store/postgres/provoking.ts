import type { ChangingSession, SharedChangingSession } from '../../../src/store/postgres/change-access.ts'
import {
  changeAccess,
  changeAccessOfPlan,
  changeAccessOfRole,
  changeAccessOfService,
  changeAccessOfUser,
} from '../../../src/store/postgres/change-access.ts'
import type { openBreakGlass } from '../../../src/store/postgres/queries/break-glass.ts'
import { insertCustomRole } from '../../../src/store/postgres/queries/custom-roles.ts'
import type { putLimitOverride } from '../../../src/store/postgres/queries/limit-overrides.ts'
import { insertService } from '../../../src/store/postgres/queries/services.ts'
import type { GlobalSession, TenantSession } from '../../../src/store/postgres/transaction.ts'
import { acme, guest, lab, soonMs } from '../../support/access-records.ts'
import type { Records } from '../../support/records.ts'
import { newId } from '../../support/records.ts'

/** Breaks a constraint in a transaction of its own. `seen` takes every value that is sent to Postgres. */
export type Provoke = (records: Records, seen: unknown[]) => Promise<unknown>

export function inAcme(work: (session: ChangingSession) => Promise<unknown>): Provoke {
  return ({ runtime }, seen) =>
    runtime.inTenant(acme.id, async session =>
      work(await changeAccess(watched(session, seen), { kind: 'tenant.changed', subject: 'something' })),
    )
}

/** With a role of acme that nobody has yet. */
export function withRole(
  over: Parameters<typeof role>[0],
  work: (session: ChangingSession, roleId: string) => Promise<unknown>,
): Provoke {
  return inAcme(async session => {
    const made = role(over)
    await insertCustomRole(session, made)
    await work(session, made.id)
  })
}

export function inNewTenant(work: (session: TenantSession) => Promise<unknown>): Provoke {
  return ({ runtime }, seen) => runtime.inTenant(newId(), session => work(watched(session, seen)))
}

export function ofGuest(work: (session: SharedChangingSession) => Promise<unknown>): Provoke {
  return ({ runtime }, seen) =>
    runtime.global(async session =>
      work(
        await changeAccessOfUser(watched(session, seen), { kind: 'identity.linked', userId: guest.userId }),
      ),
    )
}

export function asOwner(work: (session: GlobalSession) => Promise<unknown>): Provoke {
  return ({ owner }, seen) => owner.global(session => work(watched(session, seen)))
}

export function ofFreePlan(work: (session: SharedChangingSession) => Promise<unknown>): Provoke {
  return asOwner(async session =>
    work(await changeAccessOfPlan(session, { kind: 'plan.changed', plan: 'free' })),
  )
}

export function ofGuestRole(work: (session: SharedChangingSession) => Promise<unknown>): Provoke {
  return asOwner(async session =>
    work(await changeAccessOfRole(session, { kind: 'role.changed', role: 'guest' })),
  )
}

export function ofNewService(work: (session: SharedChangingSession) => Promise<unknown>): Provoke {
  return asOwner(async session => {
    const made = service()
    await insertService(session, made)
    await work(await changeAccessOfService(session, { kind: 'service.changed', serviceId: made.id }))
  })
}

function watched<Session extends TenantSession | GlobalSession>(session: Session, seen: unknown[]): Session {
  return {
    ...session,
    rows: (text, values) => {
      seen.push(...values)
      return session.rows(text, values)
    },
  }
}

export function tenant(over: { slug?: string; name?: string; plan?: string }) {
  return { slug: 'umbrella', name: 'Umbrella', plan: 'free', ...over }
}

export function workspace(over: { slug?: string; name?: string } = {}) {
  return { id: newId(), slug: 'cellar', name: 'The cellar', ...over }
}

export function project(over: { workspaceId?: string; slug?: string; name?: string } = {}) {
  return { id: newId(), workspaceId: lab.id, slug: 'apollo', name: 'Apollo', ...over }
}

export function role(over: { workspaceId?: string; name?: string; description?: string } = {}) {
  return { id: newId(), workspaceId: null, name: 'reviewer', description: 'Reviews', ...over }
}

export function override(over: Partial<Parameters<typeof putLimitOverride>[1]>) {
  return { name: 'minute', windowMs: 60_000, max: 5, reason: 'A migration', endsAtMs: null, ...over }
}

export function service(over: { name?: string; subject?: string } = {}) {
  return { id: newId(), name: 'sandbox', issuer: 'https://cluster.example', subject: 'sandbox', ...over }
}

export function grant(over: Partial<Parameters<typeof openBreakGlass>[1]> = {}) {
  const reason = 'Incident 4711, seen by the owner'
  return {
    id: newId(),
    operatorId: guest.userId,
    role: 'admin',
    reason,
    expiresAtMs: soonMs(),
    ...over,
  } as const
}
