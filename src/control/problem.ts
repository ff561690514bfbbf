import type { FaultCode } from '../lib/fault.ts'
import { faults } from '../lib/fault.ts'
import type { Rule } from '../lib/violation.ts'

/** What a caller of the control plane learns when it gets no answer: RFC 9457 problem details, and nothing internal. */
export type Problem = {
  readonly status: number
  readonly code: string
  readonly title: string
  /** The member of the request that it is about, where one is. */
  readonly member?: string
  readonly retryAfterSeconds: number | null
}

export const problemType = 'application/problem+json'

export const problems = Object.freeze({
  REQUEST_INVALID: problem(400, 'REQUEST_INVALID', 'The request is not what this operation takes'),
  CREDENTIALS_AMBIGUOUS: problem(400, 'CREDENTIALS_AMBIGUOUS', 'There is more than one Authorization field'),
  TOKEN_MISSING: problem(401, 'TOKEN_MISSING', 'This operation needs the bearer token of a service'),
  CALLER_FORBIDDEN: problem(403, 'CALLER_FORBIDDEN', 'This service is not among those that may ask'),
  ROUTE_UNKNOWN: problem(404, 'ROUTE_UNKNOWN', 'There is no such operation'),
  BODY_TOO_LARGE: problem(413, 'BODY_TOO_LARGE', 'The body is larger than this operation takes'),
  MEDIA_TYPE_UNKNOWN: problem(415, 'MEDIA_TYPE_UNKNOWN', 'This operation takes application/json'),
})

/** @param code why the token of the service was not accepted, from token/claims.ts */
export function tokenProblem(code: string): Problem {
  return problem(401, code, 'The token of the service is not accepted')
}

export function faultProblem(code: FaultCode): Problem {
  const { status, title, retryAfterSeconds } = faults[code]
  return { status, code, title, retryAfterSeconds }
}

/** @param waitMs until a call is taken again */
export function callsLimitedProblem(waitMs: number): Problem {
  const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000))
  return { ...problem(429, 'CALLS_LIMITED', 'This service calls more often than it may'), retryAfterSeconds }
}

/** What a store did not take, in the words of the rule that it broke. */
export function ruleProblem({ status, code, title, member }: Rule): Problem {
  return { ...problem(status, code, title), ...(member === null ? {} : { member }) }
}

export function problemBody({ code, status, title, member }: Problem, requestId: string): string {
  return JSON.stringify({
    type: `urn:postern:error:${code}`,
    title,
    status,
    code,
    member,
    request_id: requestId,
  })
}

function problem(status: number, code: string, title: string): Problem {
  return Object.freeze({ status, code, title, retryAfterSeconds: null })
}
