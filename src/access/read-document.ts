import { isCount, isFields, isText } from '../lib/json-values.ts'
import type { AccessDocument, BreakGlass, TenantLimit, TenantState, WorkspaceAccess } from './document.ts'

/**
 * Reads an access document from what JSON gave, or answers null when anything it needs is missing or of another kind.
 * Members this version does not know are left out, so that a control plane one version ahead is still understood; a
 * value it does not know where it must act on it (a tenant status) makes the whole document unknown.
 */
export function readAccessDocument(value: unknown): AccessDocument | null {
  if (!isFields(value)) return null
  const tenant = readTenant(value.tenant)
  const principal = readPrincipal(value.principal)
  const permissions = readTexts(value.permissions)
  const workspaces = readEach(value.workspaces, readWorkspace)
  if (tenant === null || principal === null || permissions === null || workspaces === null) return null
  const { accessVersion, issuedAtMs, role } = value
  if (!isCount(accessVersion) || !isCount(issuedAtMs) || !isText(role)) return null
  const breakGlass = readBreakGlass(value.breakGlass)
  if (breakGlass === undefined) return null
  return { tenant, principal, accessVersion, issuedAtMs, role, permissions, breakGlass, workspaces }
}

/** A control plane one version behind says nothing of it. Undefined for what must end but does not say when. */
function readBreakGlass(value: unknown): BreakGlass | null | undefined {
  if (value === null || value === undefined) return null
  if (!isFields(value)) return undefined
  const { grantId, expiresAtMs } = value
  return isText(grantId) && isCount(expiresAtMs) ? { grantId, expiresAtMs } : undefined
}

function readTenant(value: unknown): TenantState | null {
  if (!isFields(value)) return null
  const { id, slug, status, plan } = value
  const limits = readEach(value.limits, readLimit)
  if (!isText(id) || !isText(slug) || !isText(plan) || limits === null) return null
  return isStatus(status) ? { id, slug, status, plan, limits } : null
}

function readLimit(value: unknown): TenantLimit | null {
  if (!isFields(value)) return null
  const { name, windowMs, max } = value
  return isText(name) && isCount(windowMs) && windowMs > 0 && isCount(max) ? { name, windowMs, max } : null
}

function readPrincipal(value: unknown): AccessDocument['principal'] | null {
  if (!isFields(value)) return null
  const { issuer, subject, userId } = value
  return isText(issuer) && isText(subject) && isText(userId) ? { issuer, subject, userId } : null
}

function readWorkspace(value: unknown): WorkspaceAccess | null {
  if (!isFields(value)) return null
  const { id, slug, role } = value
  const permissions = readTexts(value.permissions)
  return isText(id) && isText(slug) && isText(role) && permissions !== null
    ? { id, slug, role, permissions }
    : null
}

function readTexts(value: unknown): string[] | null {
  return readEach(value, text => (isText(text) ? text : null))
}

function readEach<Item>(value: unknown, read: (item: unknown) => Item | null): Item[] | null {
  if (!Array.isArray(value)) return null
  const items: Item[] = []
  for (const candidate of value) {
    const item = read(candidate)
    if (item === null) return null
    items.push(item)
  }
  return items
}

function isStatus(value: unknown): value is TenantState['status'] {
  return value === 'active' || value === 'suspended' || value === 'archived'
}
