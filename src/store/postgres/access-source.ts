import type { AccessDocument, AccessQuestion } from '../../access/document.ts'
import type { Clock } from '../../lib/clock.ts'
import type { AccessRow } from './queries/access.ts'
import { readAccess } from './queries/access.ts'
import { findTenantId } from './queries/tenants.ts'
import type { Transactions } from './transaction.ts'

/** Where access documents come from; implements the port of the control plane's route. */
export type PostgresAccessSource = {
  readonly load: (question: AccessQuestion) => Promise<AccessDocument | null>
}

/**
 * Answers null for a tenant that is unknown, deleted, or not the principal's: the three cannot be told apart. Throws
 * STORE_UNAVAILABLE when Postgres cannot say.
 */
export function createAccessSource(options: {
  readonly transactions: Transactions
  readonly clock: Clock
}): PostgresAccessSource {
  const { transactions, clock } = options
  return {
    async load({ issuer, subject, tenantRef }) {
      // Postgres has no NUL in text, so nobody is called that.
      if (issuer.includes('\0') || subject.includes('\0')) return null
      const startedMs = clock.nowMs()
      const tenantId = await resolve(transactions, tenantRef)
      if (tenantId === null) return null
      const row = await transactions.inTenant(tenantId, session => readAccess(session, issuer, subject))
      return row === null ? null : documentOf(row, { issuer, subject }, startedMs)
    },
  }
}

const idShape = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i
const slugShape = /^[a-z][a-z0-9-]{0,62}$/

async function resolve(transactions: Transactions, tenantRef: string): Promise<string | null> {
  if (idShape.test(tenantRef)) return tenantRef.toLowerCase()
  if (!slugShape.test(tenantRef)) return null
  return await transactions.global(session => findTenantId(session, tenantRef))
}

function documentOf(
  row: AccessRow,
  principal: { readonly issuer: string; readonly subject: string },
  issuedAtMs: number,
): AccessDocument {
  return {
    tenant: { id: row.tenant_id, slug: row.slug, status: row.status, plan: row.plan, limits: row.limits },
    principal: { issuer: principal.issuer, subject: principal.subject, userId: row.principal_id },
    accessVersion: Number(row.access_version),
    issuedAtMs,
    role: row.role,
    permissions: row.permissions,
    breakGlass: row.break_glass,
    workspaces: row.workspaces,
  }
}
