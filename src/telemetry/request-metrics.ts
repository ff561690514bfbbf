import type { Registry } from 'prom-client'
import { Counter, Histogram } from 'prom-client'
import { createBoundedLabel, methodLabel, statusClass } from './bounded-label.ts'
import { secondsBuckets } from './buckets.ts'

/** How a request ended: let through, let through although a shadowed stage objected, refused, or broken. */
export type Decision = 'allow' | 'shadow' | 'deny' | 'fault'

export type RefusalMode = 'shadow' | 'enforce'

/** What is counted of each request. Every label takes its values from the configuration or from a table of ours. */
export type RequestMetrics = {
  /** `route` is a configured template, or `unmatched`; `tenant` is a slug, or null where none was identified. */
  readonly answered: (
    route: string,
    method: string,
    status: number,
    decision: Decision,
    tenant: string | null,
  ) => void
  readonly authenticated: () => void
  /** `code` of the refusal or fault that ended authentication, or would have. */
  readonly authenticationFailed: (code: string, mode: RefusalMode) => void
  readonly quotaViolated: (tenant: string, mode: RefusalMode) => void
  readonly crossTenantAttempted: (mode: RefusalMode) => void
  /** An operator who is let in for a while asked for something, allowed or not. */
  readonly brokeGlass: (tenant: string) => void
  /** `code` comes from the table of refusals or of faults. */
  readonly ended: (code: string, mode: RefusalMode) => void
  /** `rule` comes from the tables of http1/rules.ts and token/rules.ts. */
  readonly ruleBroken: (rule: string, mode: RefusalMode) => void
  /** The limiter answered from its local share. */
  readonly limitsDegraded: () => void
  readonly stageTook: (stage: string, ms: number) => void
  /** All stages before the service was asked: what Postern added. */
  readonly decisionTook: (ms: number) => void
  readonly upstreamTook: (ms: number) => void
  /** `code` comes from the table of faults. */
  readonly upstreamFailed: (code: string) => void
  readonly retried: () => void
  readonly aborted: (by: 'client' | 'upstream' | 'drain' | 'revoked') => void
  /** What was let through was ended while it was under way; `code` of the refusal or fault it would meet now. */
  readonly streamEnded: (code: string) => void
  readonly unrecorded: () => void
  /** Too many connections, of all or of one address. */
  readonly connectionRefused: (of: 'all' | 'address') => void
}

export function createRequestMetrics(registry: Registry, tenants: readonly string[]): RequestMetrics {
  const registers = [registry]
  const tenantLabel = createBoundedLabel(tenants)
  const counter = (name: string, help: string, labelNames: string[] = []) =>
    new Counter({ name, help, labelNames, registers })
  const histogram = (name: string, help: string, labelNames: string[] = []) =>
    new Histogram({ name, help, labelNames, registers, buckets: secondsBuckets })

  const requests = counter('postern_requests_total', 'Requests, by route template and decision.', [
    'route',
    'method',
    'status',
    'decision',
  ])
  const tenantRequests = counter(
    'postern_tenant_requests_total',
    'Requests of each configured tenant; all others are `other`, and `none` is no tenant at all.',
    ['tenant', 'decision'],
  )
  const authentications = counter(
    'postern_authentications_total',
    'Authentications, by result: success, failure, shadow; reason is the code, or none.',
    ['result', 'reason'],
  )
  const refused = counter('postern_refusals_total', 'Refusals and faults, by code and mode.', [
    'code',
    'mode',
  ])
  const rules = counter(
    'postern_rules_broken_total',
    'Requests and tokens that broke a rule of strict HTTP or of tokens, by rule and mode.',
    ['rule', 'mode'],
  )
  const quota = counter('postern_quota_violations_total', 'Requests over a limit of their tenant.', [
    'tenant',
    'mode',
  ])
  const crossTenant = counter(
    'postern_cross_tenant_attempts_total',
    'Requests that named a tenant in which the caller has no place.',
    ['mode'],
  )
  const breakGlass = counter(
    'postern_break_glass_requests_total',
    'Requests of operators who entered a tenant under break-glass, allowed or not.',
    ['tenant'],
  )
  const degraded = counter(
    'postern_limits_degraded_total',
    'Requests decided from the local share of a limit.',
  )
  const stages = histogram('postern_stage_seconds', 'Time of each stage that decides.', ['stage'])
  const decisions = histogram('postern_decision_seconds', 'Time of all deciding stages: what Postern adds.')
  const upstream = histogram('postern_upstream_seconds', 'Time until the service’s answer was handed over.')
  const upstreamErrors = counter(
    'postern_upstream_errors_total',
    'Exchanges with the service that broke, by fault code.',
    ['code'],
  )
  const retries = counter(
    'postern_upstream_retries_total',
    'Requests that were sent to the service once more.',
  )
  const aborts = counter('postern_aborts_total', 'Exchanges that were broken off, by side.', ['by'])
  const streamsEnded = counter(
    'postern_streams_ended_total',
    'Exchanges and WebSockets that were cut because they may not go on, by the code of the refusal or fault.',
    ['code'],
  )
  const connectionsRefused = counter(
    'postern_connections_refused_total',
    'Connections that were turned away, because there were too many of all or of their address.',
    ['of'],
  )
  const unrecorded = counter('postern_requests_unrecorded_total', 'Requests whose record itself failed.')

  return {
    answered: (route, method, status, decision, tenant) => {
      requests.inc({ route, method: methodLabel(method), status: statusClass(status), decision })
      tenantRequests.inc({ tenant: tenant === null ? 'none' : tenantLabel(tenant), decision })
    },
    authenticated: () => authentications.inc(success),
    authenticationFailed: (reason, mode) =>
      authentications.inc({ result: mode === 'enforce' ? 'failure' : 'shadow', reason }),
    quotaViolated: (tenant, mode) => quota.inc({ tenant: tenantLabel(tenant), mode }),
    crossTenantAttempted: mode => crossTenant.inc({ mode }),
    brokeGlass: tenant => breakGlass.inc({ tenant: tenantLabel(tenant) }),
    ended: (code, mode) => refused.inc({ code, mode }),
    ruleBroken: (rule, mode) => rules.inc({ rule, mode }),
    limitsDegraded: () => degraded.inc(),
    stageTook: (stage, ms) => stages.observe({ stage }, ms / 1000),
    decisionTook: ms => decisions.observe(ms / 1000),
    upstreamTook: ms => upstream.observe(ms / 1000),
    upstreamFailed: code => upstreamErrors.inc({ code }),
    retried: () => retries.inc(),
    aborted: by => aborts.inc({ by }),
    streamEnded: code => streamsEnded.inc({ code }),
    unrecorded: () => unrecorded.inc(),
    connectionRefused: of => connectionsRefused.inc({ of }),
  }
}

const success = Object.freeze({ result: 'success', reason: 'none' })
