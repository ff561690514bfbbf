import type { RouteRule } from '../../src/route/rule.ts'

/** A rule for tests: public, unbounded, without upgrade, unless said otherwise. */
export function routeRule(method: string, template: string, more: Partial<RouteRule> = {}): RouteRule {
  return {
    method,
    template,
    takes: [],
    permission: null,
    scope: 'none',
    tenantSelectors: [],
    workspaceSelectors: [],
    isolation: { by: 'public' },
    charge: 0,
    upgrade: null,
    origins: [],
    timeouts: { headersMs: 0, idleMs: 0 },
    bodyBytesMax: 1_000_000,
    bodyPace: { idleMs: 5000, bytesPerSecondMin: 0 },
    modes: { authenticate: 'enforce', identifyTenant: 'enforce', authorize: 'enforce', throttle: 'enforce' },
    ...more,
  }
}
