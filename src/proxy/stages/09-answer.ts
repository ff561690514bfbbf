import type { Cors } from '../../http1/cors.ts'
import type { Fault, FaultCode } from '../../lib/fault.ts'
import { faults } from '../../lib/fault.ts'
import type { HeaderList } from '../../lib/header-list.ts'
import { headerValue } from '../../lib/header-list.ts'
import type { Exchange } from '../exchange.ts'
import type { ProblemRow } from '../problem.ts'
import { problemBody, problemType } from '../problem.ts'
import { rateLimitFields } from '../rate-limit-fields.ts'
import type { Denial, OwnAnswer } from '../verdict.ts'
import { isOwnAnswer } from '../verdict.ts'

export type AnswerOptions = {
  readonly cors: Pick<Cors, 'varies' | 'answerFields'>
  /** Names what a bearer token is asked for (RFC 6750 §3). */
  readonly realm: string
}

/**
 * Builds the one place that turns a refusal or a fault into a response: problem details (RFC 9457) with a stable code.
 * The client learns code, status, title and hint; what was compared with what, and what broke, is for the log. A page of
 * an origin that may read answers may read these, too. What a stage answers by itself is written as it is.
 *
 * An answer that had begun is cut, so that its half cannot pass for the whole; a client that is gone gets none.
 *
 * @returns sets `exchange.outcome.status`; never throws
 */
export function createAnswer(
  options: AnswerOptions,
): (exchange: Exchange, ended: Denial | Fault | OwnAnswer) => void {
  const { cors } = options
  return (exchange, ended) => {
    const { reply, client } = exchange
    try {
      if (client.gone) exchange.outcome.aborted ??= 'client'
      else if (reply.begun) reply.abort()
      else if (isOwnAnswer(ended)) writeOwn(exchange, ended)
      else write(exchange, ended)
    } catch {
      reply.abort()
    }
  }

  function writeOwn({ reply, outcome, request, arrival }: Exchange, { answers, headers }: OwnAnswer): void {
    if (arrival.body !== null && !arrival.body.readableEnded) reply.closeAfter()
    reply.begin(answers, [...headers, 'X-Request-ID', request!.id])
    outcome.status = answers
    reply.end([])
  }

  function write(exchange: Exchange, ended: Denial | Fault): void {
    const { reply, outcome, arrival } = exchange
    const row = rowOf(ended)
    const requestId = exchange.request?.id ?? ''
    const body = Buffer.from(problemBody(row, requestId))
    const isHead = arrival.method === 'HEAD'
    if (arrival.body !== null && !arrival.body.readableEnded) reply.closeAfter()
    reply.begin(row.status, [
      ...everyHead,
      'Content-Length',
      String(body.length),
      'X-Request-ID',
      requestId,
      ...particulars(exchange, ended, row),
      ...cors.answerFields(exchange.request?.origin ?? null),
      ...(cors.varies ? varyOrigin : []),
    ])
    outcome.status = row.status
    if (!isHead) {
      outcome.bytesOut += body.length
      reply.write(body)
    }
    reply.end([])
  }

  function particulars(exchange: Exchange, ended: Denial | Fault, row: ProblemRow): string[] {
    const given = 'refusal' in ended ? ended.headers : []
    const fields = [...given, ...rateLimitFields(exchange.grant)]
    if (row.status === 401 && headerValue(given, 'www-authenticate') === null) {
      fields.push('WWW-Authenticate', challenge(row))
    }
    const waitSeconds = 'refusal' in ended ? null : ended.kind.retryAfterSeconds
    if (waitSeconds !== null) fields.push('Retry-After', String(waitSeconds))
    return fields
  }

  /** A request without a token is told no error, only what to bring (RFC 6750 §3.1). */
  function challenge(row: ProblemRow): string {
    const realm = `Bearer realm="${options.realm}"`
    if (row.code === 'TOKEN_MISSING') return realm
    return `${realm}, error="invalid_token", error_description="${row.title}"`
  }
}

const varyOrigin: HeaderList = Object.freeze(['Vary', 'Origin'])

const everyHead: HeaderList = Object.freeze(['Content-Type', problemType, 'Cache-Control', 'no-store'])

const faultRows = new Map<FaultCode, ProblemRow>(
  (Object.keys(faults) as FaultCode[]).map(code => {
    const { status, title } = faults[code]
    return [code, Object.freeze({ code, status, title })]
  }),
)

function rowOf(ended: Denial | Fault): ProblemRow {
  return 'refusal' in ended ? ended.refusal : faultRows.get(ended.code)!
}
