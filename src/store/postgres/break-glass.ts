import { Fault } from '../../lib/fault.ts'
import { changeAccess } from './change-access.ts'
import type { OperatorName } from './operators.ts'
import type { OpenGrant } from './queries/break-glass.ts'
import {
  closeBreakGlass,
  listOpenBreakGlass,
  openBreakGlass,
  transactionTimeMs,
} from './queries/break-glass.ts'
import type { Identity } from './queries/operators.ts'
import { findPlatformUser } from './queries/operators.ts'
import { findTenantId } from './queries/tenants.ts'
import type { TenantSession, Transactions } from './transaction.ts'

/** An expected no: why nothing was done. */
export type BreakGlassMistake =
  | { readonly mistake: 'not-an-operator' | 'operator-revoked' | 'user-deleted' | 'tenant-unknown' }
  | { readonly mistake: 'already-open'; readonly grant: OpenGrant }

export type Entered = {
  readonly operator: OperatorName
  readonly tenant: { readonly id: string; readonly slug: string }
}

const minuteMs = 60_000

/**
 * Lets an operator into a tenant, for a while and with a reason. At most one way in is open for the same operator and
 * tenant, so that nobody is left with another role, or for longer, than they were told of last.
 */
export async function enterTenant(
  runtime: Transactions,
  wanted: {
    readonly grantId: string
    readonly identity: Identity
    readonly slug: string
    readonly role: OpenGrant['role']
    readonly minutes: number
    readonly reason: string
  },
): Promise<(Entered & { readonly grant: OpenGrant }) | BreakGlassMistake> {
  const found = await find(runtime, wanted)
  if ('mistake' in found) return found
  if (found.state !== 'active') return { mistake: found.state }
  const { operator, tenant } = found
  return await runtime.inTenant(tenant.id, async session => {
    const [open] = await listOpenBreakGlass(session, operator.userId)
    if (open !== undefined) return { mistake: 'already-open', grant: open }
    const { grantId: id, role, reason } = wanted
    const expiresAtMs = (await transactionTimeMs(session)) + wanted.minutes * minuteMs
    const changing = await changeAccess(session, { kind: 'break-glass.opened', subject: id })
    await openBreakGlass(changing, { id, operatorId: operator.userId, role, reason, expiresAtMs })
    if ((await listOpenBreakGlass(session, operator.userId)).length > 1) throw contended()
    return { operator, tenant, grant: { id, role, reason, expiresAtMs } }
  })
}

/** Closes every way into the tenant that is open for someone who is or was an operator; answers which there were. */
export async function leaveTenant(
  runtime: Transactions,
  wanted: { readonly identity: Identity; readonly slug: string },
): Promise<(Entered & { readonly closed: readonly OpenGrant[] }) | BreakGlassMistake> {
  const found = await find(runtime, wanted)
  if ('mistake' in found) return found
  const { operator, tenant } = found
  const closed = await runtime.inTenant(tenant.id, session => closeAll(session, operator.userId))
  return { operator, tenant, closed }
}

/** One event for each grant, so that every one that was opened is seen to end. */
async function closeAll(session: TenantSession, operatorId: string): Promise<readonly OpenGrant[]> {
  const open = await listOpenBreakGlass(session, operatorId)
  let changing = null
  for (const { id } of open) {
    changing = await changeAccess(session, { kind: 'break-glass.closed', subject: id })
  }
  if (changing === null) return []
  const count = await closeBreakGlass(changing, operatorId)
  if (count !== open.length) throw contended()
  return open
}

function contended(): Fault {
  return new Fault('STORE_UNAVAILABLE', 'change grants while someone else does: try again')
}

type Found = Entered & { readonly state: 'active' | 'operator-revoked' | 'user-deleted' }

async function find(
  runtime: Transactions,
  { identity, slug }: { readonly identity: Identity; readonly slug: string },
): Promise<Found | BreakGlassMistake> {
  return await runtime.global(async session => {
    const user = await findPlatformUser(session, identity)
    if (user === null || user.operator === 'never') return { mistake: 'not-an-operator' }
    const id = await findTenantId(session, slug)
    if (id === null) return { mistake: 'tenant-unknown' }
    const { userId, displayName } = user
    const revoked = user.operator === 'revoked' ? 'operator-revoked' : 'active'
    const state = user.isDeleted ? 'user-deleted' : revoked
    return { operator: { userId, displayName }, tenant: { id, slug }, state }
  })
}
