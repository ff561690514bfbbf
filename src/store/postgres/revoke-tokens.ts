import type { Revocation } from '../../token/revocation.ts'
import { transactionTimeMs } from './queries/break-glass.ts'
import { insertRevocation } from './queries/feed.ts'
import { findTenantId } from './queries/tenants.ts'
import type { Transactions } from './transaction.ts'

/** Which tokens are meant, by names that people use: a tenant is called by its slug. */
export type TokensToRevoke =
  | { readonly kind: 'session'; readonly issuer: string; readonly sessionId: string }
  | {
      readonly kind: 'principal'
      readonly issuer: string
      readonly subject: string
      /** Null for everywhere. */
      readonly inTenant: string | null
    }
  | { readonly kind: 'tenant'; readonly slug: string }
  | { readonly kind: 'key'; readonly issuer: string; readonly keyId: string }

/** An expected no: why nothing was done. */
export type RevokeMistake = { readonly mistake: 'tenant-unknown' }

/**
 * Makes void what was issued until now, by the clock of the database; of a key, all that it ever signed. A relay tells
 * every sidecar.
 *
 * @param wanted.keptMs as long as a token that was issued just now can be used, clocks that differ included
 */
export async function revokeTokens(
  runtime: Transactions,
  wanted: {
    readonly id: string
    readonly tokens: TokensToRevoke
    readonly keptMs: number
    readonly reason: string
  },
): Promise<Revocation | RevokeMistake> {
  const { id, tokens, keptMs, reason } = wanted
  return await runtime.global(async session => {
    const slug = slugOf(tokens)
    const tenantId = slug === null ? null : await findTenantId(session, slug)
    if (slug !== null && tenantId === null) return { mistake: 'tenant-unknown' }
    const notBeforeMs = await transactionTimeMs(session)
    const expiresAtMs = notBeforeMs + keptMs
    const revocation = revocationOf(tokens, tenantId, { id, notBeforeMs, expiresAtMs })
    await insertRevocation(session, revocation, reason)
    return revocation
  })
}

function slugOf(tokens: TokensToRevoke): string | null {
  if (tokens.kind === 'tenant') return tokens.slug
  return tokens.kind === 'principal' ? tokens.inTenant : null
}

function revocationOf(
  tokens: TokensToRevoke,
  tenantId: string | null,
  span: { readonly id: string; readonly notBeforeMs: number; readonly expiresAtMs: number },
): Revocation {
  switch (tokens.kind) {
    case 'session':
      return { ...span, ...tokens }
    case 'principal': {
      const { kind, issuer, subject } = tokens
      return { ...span, kind, issuer, subject, tenantId }
    }
    case 'tenant':
      return { ...span, kind: tokens.kind, tenantId: tenantId! }
    case 'key':
      return { id: span.id, expiresAtMs: span.expiresAtMs, ...tokens }
  }
}
