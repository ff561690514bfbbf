import type { Fault } from '../lib/fault.ts'
import { faults } from '../lib/fault.ts'
import type { LogFields } from '../telemetry/log.ts'
import type { Decision } from '../telemetry/request-metrics.ts'
import type { Exchange } from './exchange.ts'
import { decidingStages } from './pipeline.ts'
import type { Denial } from './verdict.ts'

/** What the log says of one request. Names, numbers and codes; nothing a client could hide a secret in. */
export function accessLine(exchange: Exchange, decision: Decision, totalMs: number): LogFields {
  const { request, route, claims, access, workspace, outcome, ended, grant } = exchange
  const line: Record<string, unknown> = {
    request_id: request?.id ?? null,
    trace_id: request === null ? null : request.traceparent.slice(3, 35),
    method: exchange.arrival.method.slice(0, 32),
    route: route?.rule.template ?? null,
    status: outcome.status,
    decision,
    tenant_id: access?.document.tenant.id ?? null,
    tenant: access?.document.tenant.slug ?? null,
    workspace_id: workspace?.id ?? null,
    user_id: access?.document.principal.userId ?? null,
    ms: rounded(totalMs),
    stage_ms: stageTimes(exchange.stageMs),
    bytes_in: outcome.bytesIn,
    bytes_out: outcome.bytesOut,
  }
  const breakGlass = access?.document.breakGlass ?? null
  if (breakGlass !== null) line.break_glass = breakGlass.grantId
  if (access === null && claims !== null) {
    line.issuer = claims.issuer
    line.subject = claims.subject
  }
  if (outcome.upstreamStatus !== 0) {
    line.upstream_status = outcome.upstreamStatus
    line.upstream_ms = rounded(outcome.upstreamMs)
  }
  if (ended !== null) describe(ended, line)
  if (exchange.shadowed.length > 0) line.would_have_ended = exchange.shadowed.map(shadowedOf)
  if (grant?.degraded) line.limits_degraded = true
  if (outcome.retried) line.retried = true
  if (outcome.aborted !== null) line.aborted = outcome.aborted
  return line
}

function stageTimes(stageMs: readonly number[]): Record<string, number> {
  const times: Record<string, number> = {}
  for (let index = 0; index < stageMs.length; index += 1)
    times[decidingStages[index]!] = rounded(stageMs[index] ?? 0)
  return times
}

function shadowedOf(ended: Denial | Fault): LogFields {
  const line: Record<string, unknown> = {}
  describe(ended, line)
  return line
}

/** What ended a request. Of a cause only its name and where it was thrown: a message may quote what it choked on. */
function describe(ended: Denial | Fault, line: Record<string, unknown>): void {
  line.reason = codeOf(ended)
  if ('refusal' in ended) {
    line.detail = ended.detail
    if (ended.rule !== null) line.rule = ended.rule
    if (ended.offending !== null) line.offending = ended.offending
    return
  }
  line.detail = ended.message
  line.fault_source = faults[ended.code].source
  line.fault = ended.details
  if (!(ended.cause instanceof Error)) return
  line.cause = ended.cause.name
  if ('code' in ended.cause && typeof ended.cause.code === 'string') line.cause_code = ended.cause.code
  if (ended.code === 'INTERNAL') line.thrown_at = framesOf(ended.cause)
}

/** Where it was thrown, without the message that the stack begins with, which can be of several lines. */
function framesOf(error: Error): string[] {
  const stack = error.stack ?? ''
  const message = stack.indexOf(error.message)
  if (message < 0) return []
  const lines = stack.slice(message + error.message.length).split('\n')
  const frames = lines.filter(line => /^\s+at /.test(line))
  return frames.slice(0, 8).map(line => line.trim())
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000
}

/** The code of a refusal or a fault, whichever ended it. */
export function codeOf(ended: Denial | Fault): string {
  return 'refusal' in ended ? ended.refusal.code : ended.code
}
