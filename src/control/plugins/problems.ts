import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify'
import type { FaultCode } from '../../lib/fault.ts'
import { asFault, Fault } from '../../lib/fault.ts'
import { Violation } from '../../lib/violation.ts'
import type { Log } from '../../telemetry/log.ts'
import type { Problem } from '../problem.ts'
import { faultProblem, problemBody, problems, problemType, ruleProblem } from '../problem.ts'

/** The one place where what went wrong becomes an answer, and where a fault is logged. */
export function answerProblems(
  app: FastifyInstance,
  options: { readonly log: Log; readonly onFault: (code: FaultCode) => void },
): void {
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, problems.ROUTE_UNKNOWN))
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    if (error instanceof Violation) return sendProblem(reply, ruleProblem(error.rule))
    const expected = error instanceof Fault ? null : expectedProblem(error)
    if (expected !== null) return sendProblem(reply, expected)
    const fault = asFault(error)
    const { cause } = fault
    options.onFault(fault.code)
    options.log.error(
      {
        code: fault.code,
        route: request.routeOptions.url,
        requestId: request.id,
        ...fault.details,
        ...(cause instanceof Error ? { cause: cause.name, causeCode: codeOf(cause) } : {}),
      },
      `failed to ${fault.message}`,
    )
    return sendProblem(reply, faultProblem(fault.code))
  })
}

/** Answers with problem details; a 401 says how to authenticate (RFC 6750 §3), a 429 and a 503 when to come back. */
export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="postern-control"')
  if (problem.retryAfterSeconds !== null) reply.header('retry-after', problem.retryAfterSeconds)
  return reply
    .code(problem.status)
    .header('content-type', problemType)
    .header('cache-control', 'no-store')
    .send(problemBody(problem, reply.request.id))
}

/** What fastify itself refuses; null for everything that is no fault of the caller. */
function expectedProblem(error: FastifyError): Problem | null {
  if (error.validation !== undefined) return problems.REQUEST_INVALID
  if (error.statusCode === 413) return problems.BODY_TOO_LARGE
  if (error.statusCode === 415) return problems.MEDIA_TYPE_UNKNOWN
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return problems.REQUEST_INVALID
  }
  return null
}

function codeOf(cause: Error): string | null {
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : null
}
