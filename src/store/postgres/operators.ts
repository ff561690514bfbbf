import { changeAccess, changeAccessOfUser } from './change-access.ts'
import type { OwnerTransactions } from './owner-transactions.ts'
import { findTenantRole, putTenantMembership } from './queries/memberships.ts'
import type { Identity, Operator } from './queries/operators.ts'
import { findPlatformUser, insertOperator, listOperators, revokeOperator } from './queries/operators.ts'
import { findServiceId } from './queries/services.ts'
import { findTenantId, insertTenant } from './queries/tenants.ts'
import { insertIdentity, insertUser } from './queries/users.ts'
import type { Transactions } from './transaction.ts'

/** An expected no: why nothing was done. */
export type OperatorMistake = {
  readonly mistake:
    | 'user-deleted'
    | 'identity-of-a-service'
    | 'not-an-operator'
    | 'operator-revoked'
    | 'slug-taken'
}

export type OperatorName = { readonly userId: string; readonly displayName: string }

export type NewTenant = {
  /** Of a tenant that is not there yet. */
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly plan: string
}

export type CreatedOperator = {
  readonly operator: OperatorName
  readonly isNew: boolean
  readonly tenant: { readonly id: string; readonly slug: string; readonly isNew: boolean } | null
}

/**
 * Makes whom `issuer` calls `subject` an operator of the platform, and the owner of a tenant if one is asked for. What
 * is so already stays as it is. Tenant and owner are one transaction, and come before the operator: a mistake in the
 * tenant leaves no operator. Throws a Violation for a tenant that breaks a rule, such as a plan that does not exist.
 *
 * @param wanted.userId of a user who is not known yet
 */
export async function createOperator(
  { owner, runtime }: OwnerTransactions,
  wanted: {
    readonly userId: string
    readonly identity: Identity
    readonly displayName: string
    readonly tenant: NewTenant | null
  },
): Promise<CreatedOperator | OperatorMistake> {
  const operator = await ensureUser(runtime, wanted)
  if ('mistake' in operator) return operator
  const tenant = wanted.tenant === null ? null : await ensureTenant(runtime, wanted.tenant, operator.userId)
  if (tenant !== null && 'mistake' in tenant) return tenant
  const isNew = await owner.global(session => insertOperator(session, operator.userId))
  return { operator, isNew, tenant }
}

/**
 * Ends what someone may do as an operator. Their open break-glass grants are worth nothing from then on, and the access
 * version of every tenant they have a place in rises. `wasOperator` is false for one who was revoked before.
 */
export async function endOperator(
  { owner }: OwnerTransactions,
  identity: Identity,
): Promise<{ readonly operator: OperatorName; readonly wasOperator: boolean } | OperatorMistake> {
  return await owner.global(async session => {
    const user = await findPlatformUser(session, identity)
    if (user === null || user.operator === 'never') return { mistake: 'not-an-operator' }
    const { userId, displayName } = user
    const operator = { userId, displayName }
    if (user.operator === 'revoked') return { operator, wasOperator: false }
    const changing = await changeAccessOfUser(session, { kind: 'operator.revoked', userId })
    return { operator, wasOperator: await revokeOperator(changing) }
  })
}

/** Everyone who is or was an operator, oldest first. */
export async function allOperators({ owner }: OwnerTransactions): Promise<readonly Operator[]> {
  return await owner.global(listOperators)
}

async function ensureUser(
  runtime: Transactions,
  { userId, identity, displayName }: Parameters<typeof createOperator>[1],
): Promise<OperatorName | OperatorMistake> {
  return await runtime.global(async session => {
    const known = await findPlatformUser(session, identity)
    if (known?.isDeleted) return { mistake: 'user-deleted' }
    if (known?.operator === 'revoked') return { mistake: 'operator-revoked' }
    if (known !== null) return { userId: known.userId, displayName: known.displayName }
    // A name that a user and a service both have is nobody's: the service would be shut out everywhere.
    if ((await findServiceId(session, identity)) !== null) return { mistake: 'identity-of-a-service' }
    await insertUser(session, { id: userId, displayName })
    await insertIdentity(await changeAccessOfUser(session, { kind: 'user.created', userId }), identity)
    return { userId, displayName }
  })
}

async function ensureTenant(
  runtime: Transactions,
  tenant: NewTenant,
  ownerId: string,
): Promise<NonNullable<CreatedOperator['tenant']> | OperatorMistake> {
  const { id, slug } = tenant
  const existing = await runtime.global(session => findTenantId(session, slug))
  if (existing !== null) {
    const role = await runtime.inTenant(existing, session => findTenantRole(session, ownerId))
    return role === 'owner' ? { id: existing, slug, isNew: false } : { mistake: 'slug-taken' }
  }
  await runtime.inTenant(id, async session => {
    await insertTenant(session, tenant)
    const changing = await changeAccess(session, { kind: 'tenant.created', subject: id })
    await putTenantMembership(changing, { userId: ownerId, role: 'owner' })
  })
  return { id, slug, isNew: true }
}
