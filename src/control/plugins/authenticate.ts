import type { FastifyReply, FastifyRequest } from 'fastify'
import { headerCount } from '../../lib/header-list.ts'
import type { Refused } from '../../lib/refused.ts'
import { isRefused } from '../../lib/refused.ts'
import type { TokenRefusalCode } from '../../token/claims.ts'
import { callsLimitedProblem, problems, tokenProblem } from '../problem.ts'
import { sendProblem } from './problems.ts'

export type ServiceCaller = { readonly subject: string }

/** Says which service a bearer token is from. Throws KEYS_UNAVAILABLE when its issuer's keys cannot be had. */
export type Authenticate = (token: string) => Promise<ServiceCaller | Refused<TokenRefusalCode>>

/**
 * Builds the hook before every internal operation: it runs before the body is read, so that whoever has no token has
 * us read nothing. Only the services named in the configuration may ask, and each only so often.
 */
export function createAuthenticateHook(options: {
  readonly authenticate: Authenticate
  readonly subjects: readonly string[]
  /** Counts a call; 0 where it may be answered, else how long the caller has to wait. */
  readonly take: (subject: string) => number
}): (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined> {
  const allowed = new Set(options.subjects)
  return async (request, reply) => {
    if (headerCount(request.raw.rawHeaders, 'authorization') > 1) {
      return sendProblem(reply, problems.CREDENTIALS_AMBIGUOUS)
    }
    const token = bearerToken(request.headers.authorization)
    if (token === null) return sendProblem(reply, problems.TOKEN_MISSING)
    const caller = await options.authenticate(token)
    if (isRefused(caller)) return sendProblem(reply, tokenProblem(caller.refused))
    if (!allowed.has(caller.subject)) return sendProblem(reply, problems.CALLER_FORBIDDEN)
    const waitMs = options.take(caller.subject)
    return waitMs === 0 ? undefined : sendProblem(reply, callsLimitedProblem(waitMs))
  }
}

const bearer = /^bearer +([\w.~+/-]+=*)$/i

function bearerToken(authorization: string | undefined): string | null {
  return bearer.exec(authorization ?? '')?.[1] ?? null
}
