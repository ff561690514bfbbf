/**
 * What one principal may do in one tenant, and the tenant's own state, at one access version. The control plane signs
 * it, Redis carries it, a sidecar verifies it before use. Permissions are effective ones: whoever reads the document
 * knows nothing of roles' definitions.
 */
export type AccessDocument = {
  readonly tenant: TenantState
  readonly principal: { readonly issuer: string; readonly subject: string; readonly userId: string }
  /** Bumped in the same transaction as any change of what the document says. */
  readonly accessVersion: number
  /** When the control plane began to load it, wall time. */
  readonly issuedAtMs: number
  readonly role: string
  /** In the tenant, and so in every workspace below. */
  readonly permissions: readonly string[]
  /** An operator who is let in for a while; null for everyone else. */
  readonly breakGlass: BreakGlass | null
  /** The workspaces this principal can reach; one that is absent does not exist for them. */
  readonly workspaces: readonly WorkspaceAccess[]
}

/** What of a document is kept once its lists are digested: long ones, that nobody asks for again. */
export type DigestedDocument = Omit<AccessDocument, 'permissions' | 'workspaces'>

/** Past its end the document is worth nothing, whatever may be down. Wall time, by the clock of the database. */
export type BreakGlass = { readonly grantId: string; readonly expiresAtMs: number }

export type TenantState = {
  readonly id: string
  readonly slug: string
  readonly status: 'active' | 'suspended' | 'archived'
  readonly plan: string
  readonly limits: readonly TenantLimit[]
}

/** One sliding window: at most `max` requests in any `windowMs`. */
export type TenantLimit = { readonly name: string; readonly windowMs: number; readonly max: number }

export type WorkspaceAccess = {
  readonly id: string
  readonly slug: string
  readonly role: string
  /** What the role here allows beyond the permissions in the tenant. */
  readonly permissions: readonly string[]
}

/** Names the principal and the tenant it asks for: `tenantRef` is an id or a slug as the request gave it. */
export type AccessQuestion = { readonly issuer: string; readonly subject: string; readonly tenantRef: string }
