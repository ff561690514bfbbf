import type { PreparedAccess } from '../access/prepared-access.ts'
import type { Fault } from '../lib/fault.ts'
import type { Claims } from '../token/claims.ts'
import type { DenyList } from '../token/deny-list.ts'
import type { Revocations } from '../token/revocations.ts'
import { codeOf } from './access-line.ts'
import type { Exchange } from './exchange.ts'
import { governed } from './governed.ts'
import type { Denial, Stage, Verdict } from './verdict.ts'
import { deny } from './verdict.ts'

export type ReviewPorts = {
  readonly revocations: Pick<Revocations, 'isRevoked' | 'isRevokedIn'>
  readonly denyList: Pick<DenyList, 'isWithdrawn'>
  /** These two tell nobody what they see: it is not of a request that somebody makes. */
  readonly identifyTenant: Stage
  readonly authorize: Stage
}

/** Asks of an exchange that was let through and is under way whether it would be let through now. */
export type Review = {
  /** Was its token revoked? Looks up what is known, and never waits. */
  readonly judgeToken: (exchange: Exchange) => Denial | null
  /** That, and its tenant and permission. Rejects with DIRECTORY_UNAVAILABLE when these cannot be told. */
  readonly judge: (exchange: Exchange) => Promise<Reviewed>
}

export type Reviewed = {
  /** An enforced refusal; null lets the exchange go on. */
  readonly denial: Denial | null
  /** What it was judged by; null where no tenant was identified. */
  readonly access: PreparedAccess | null
}

/**
 * Builds the review of what is under way. It goes by the modes of the route, as the pipeline does: what a shadowed stage
 * objects to is noted, once for each code, and ends nothing.
 *
 * The token is not verified anew: a stream may outlive it, but not its session, its membership or its tenant. Nor may
 * these come to be somebody else's: the service was told who is who when the stream began, and is not told again.
 */
export function createReview(ports: ReviewPorts): Review {
  const { revocations, denyList } = ports
  const judgeToken = governed('authenticate', exchange => whyVoid(exchange.claims))
  const judgeTokenThere = governed('identifyTenant', whyVoidThere)
  const stages: readonly Stage[] = [
    judgeToken,
    governed('identifyTenant', ports.identifyTenant),
    governed('authorize', ports.authorize),
  ]

  return {
    judgeToken: exchange =>
      // Neither of them ever waits.
      enforced(exchange, judgeToken(exchange) as Verdict) ??
      enforced(exchange, judgeTokenThere(exchange) as Verdict),

    async judge(exchange) {
      const again = undecided(exchange)
      let denial: Denial | null = null
      for (const stage of stages) denial ??= enforced(again, await stage(again))
      denial ??= enforced(again, whyAnother(exchange, again))
      for (const shadowed of again.shadowed) note(exchange, shadowed)
      return { denial, access: again.access }
    },
  }

  function whyVoid(claims: Claims | null): Verdict {
    if (claims === null) return null
    if (denyList.isWithdrawn(claims.issuer, claims.keyId))
      return deny('TOKEN_KEY_WITHDRAWN', 'The key of the token was withdrawn while this was under way.')
    if (!revocations.isRevoked(claims)) return null
    return deny('TOKEN_REVOKED', 'The token was revoked while this was under way.')
  }

  function whyVoidThere({ claims, access }: Exchange): Verdict {
    if (claims === null || access === null) return null
    if (!revocations.isRevokedIn(access.document.tenant.id, claims)) return null
    return deny('TOKEN_REVOKED', 'The token was revoked in its tenant while this was under way.')
  }
}

/** As the exchange stood before its tenant was looked for. What is known to have changed since is known to everyone. */
function undecided(exchange: Exchange): Exchange {
  const request = { ...exchange.request!, accessVersionMin: 0 }
  return { ...exchange, request, access: null, workspace: null, shadowed: [] }
}

/** Names may be given to somebody else. */
function whyAnother(before: Exchange, now: Exchange): Verdict {
  if (before.access === null || now.access === null) return null
  const [was, is] = [before.access.document, now.access.document]
  if (was.tenant.id !== is.tenant.id || was.principal.userId !== is.principal.userId)
    return inMode(before, deny('CROSS_TENANT', 'Its names are those of another tenant or user by now.'))
  if (before.workspace === null || before.workspace.id === now.workspace?.id) return null
  return inMode(before, deny('WORKSPACE_FORBIDDEN', 'Its name is that of another workspace by now.'))
}

function inMode(exchange: Exchange, denial: Denial): Denial {
  return exchange.route!.rule.modes.identifyTenant === 'enforce' ? denial : { ...denial, mode: 'shadow' }
}

function enforced(exchange: Exchange, verdict: Verdict): Denial | null {
  if (verdict === null || verdict.mode === 'enforce') return verdict
  note(exchange, verdict)
  return null
}

function note({ shadowed }: Exchange, one: Denial | Fault): void {
  const code = codeOf(one)
  if (!shadowed.some(known => codeOf(known) === code)) shadowed.push(one)
}
