import type { Clock } from '../../lib/clock.ts'
import type { Fault } from '../../lib/fault.ts'
import { faults } from '../../lib/fault.ts'
import type { Log } from '../../telemetry/log.ts'
import type { Decision, RequestMetrics } from '../../telemetry/request-metrics.ts'
import { accessLine, codeOf } from '../access-line.ts'
import type { Exchange } from '../exchange.ts'
import { decidingStages } from '../pipeline.ts'
import type { Denial } from '../verdict.ts'

export type RecordPorts = {
  readonly log: Log
  readonly metrics: RequestMetrics
  readonly clock: Clock
}

/**
 * Builds the last stage: one access line and the metrics of every request, whatever became of it. The line holds the
 * route's template instead of the target, and no header, so that nothing a client hides in either is written down.
 *
 * @returns never throws; a record that fails is itself counted
 */
export function createRecord(ports: RecordPorts): (exchange: Exchange) => void {
  const { log, metrics, clock } = ports
  return exchange => {
    try {
      const decision = decisionOf(exchange)
      const totalMs = clock.elapsedMs() - exchange.arrival.startedMs
      count(exchange, decision, metrics)
      log.info(accessLine(exchange, decision, totalMs), 'request')
    } catch (error) {
      metrics.unrecorded()
      log.error({ error: error instanceof Error ? error.name : 'unknown' }, 'a request could not be recorded')
    }
  }
}

function decisionOf(exchange: Exchange): Decision {
  if (exchange.ended !== null) return 'refusal' in exchange.ended ? 'deny' : 'fault'
  return exchange.shadowed.length > 0 ? 'shadow' : 'allow'
}

function count(exchange: Exchange, decision: Decision, metrics: RequestMetrics): void {
  const { outcome, route, access, stageMs } = exchange
  const tenant = access === null ? null : access.document.tenant.slug
  const template = route === null ? 'unmatched' : route.rule.template
  metrics.answered(template, exchange.arrival.method, outcome.status, decision, tenant)
  if (exchange.claims !== null) metrics.authenticated()
  let decidedMs = 0
  for (let index = 0; index < stageMs.length; index += 1) {
    const ms = stageMs[index] ?? 0
    decidedMs += ms
    metrics.stageTook(decidingStages[index]!, ms)
  }
  metrics.decisionTook(decidedMs)
  if (outcome.upstreamStatus !== 0) metrics.upstreamTook(outcome.upstreamMs)
  if (outcome.retried) metrics.retried()
  if (outcome.aborted !== null) metrics.aborted(outcome.aborted)
  if (exchange.grant?.degraded) metrics.limitsDegraded()
  if (exchange.ended !== null) {
    // Nobody attempted anything: the request was allowed when it was made.
    if (outcome.aborted === 'revoked') metrics.streamEnded(codeOf(exchange.ended))
    else countEnd(exchange.ended, 'enforce', tenant, metrics)
  }
  for (const shadowed of exchange.shadowed) countEnd(shadowed, 'shadow', tenant, metrics)
}

function countEnd(
  ended: Denial | Fault,
  mode: 'shadow' | 'enforce',
  tenant: string | null,
  metrics: RequestMetrics,
): void {
  const code = codeOf(ended)
  if (!('refusal' in ended) && faults[ended.code].source === 'upstream') metrics.upstreamFailed(code)
  metrics.ended(code, mode)
  if ('refusal' in ended && ended.rule !== null) metrics.ruleBroken(ended.rule, mode)
  if (authenticationCodes.has(code) || code.startsWith('TOKEN_')) metrics.authenticationFailed(code, mode)
  else if (code === 'CROSS_TENANT') metrics.crossTenantAttempted(mode)
  else if (code === 'RATE_LIMITED') metrics.quotaViolated(tenant ?? 'other', mode)
}

const authenticationCodes = new Set(['CREDENTIALS_AMBIGUOUS', 'KEYS_UNAVAILABLE'])
