import type { Isolation, RouteRule, Selector, StageMode } from '../route/rule.ts'
import type { DeepReadonly, ProxyConfig } from './config.ts'
import type { RouteSource } from './proxy-schema.ts'

type Settings = Pick<ProxyConfig, 'routes' | 'upstream' | 'bounds' | 'modes' | 'cors'>
type Route = DeepReadonly<RouteSource>

/** The routes as the pipeline reads them: every default filled in from what is said of all routes. */
export function routeRules(config: Settings): RouteRule[] {
  return config.routes.map(route => routeRule(route, config))
}

function routeRule(route: Route, config: Settings): RouteRule {
  const space = route.match.indexOf(' ')
  return Object.freeze({
    method: route.match.slice(0, space),
    template: route.match.slice(space + 1),
    takes: route.takes,
    permission: route.permission,
    scope: route.scope ?? (route.public ? 'none' : 'tenant'),
    tenantSelectors: route.selectors.tenant.map(selectorOf),
    workspaceSelectors: route.selectors.workspace.map(selectorOf),
    isolation: isolationOf(route),
    charge: route.charge ?? (route.public ? 0 : 1),
    upgrade: route.upgrade,
    origins: config.cors.origins,
    timeouts: {
      headersMs: route.timeouts.headersMs ?? config.upstream.headersTimeoutMs,
      idleMs: route.timeouts.idleMs ?? config.upstream.idleTimeoutMs,
    },
    bodyBytesMax: route.bodyBytes ?? config.bounds.bodyBytes,
    bodyPace: {
      idleMs: route.timeouts.bodyIdleMs ?? config.bounds.bodyIdleMs,
      bytesPerSecondMin: route.bodyBytesPerSecond ?? config.bounds.bodyBytesPerSecond,
    },
    modes: {
      authenticate: modeOf(route, config, 'authenticate'),
      identifyTenant: modeOf(route, config, 'identifyTenant'),
      authorize: modeOf(route, config, 'authorize'),
      throttle: modeOf(route, config, 'throttle'),
    },
  })
}

function modeOf(route: Route, config: Settings, stage: keyof RouteRule['modes']): StageMode {
  return route.modes[stage] ?? config.modes[stage]
}

function selectorOf(selector: string): Selector {
  const colon = selector.indexOf(':')
  return { in: selector.slice(0, colon) as 'path' | 'query', name: selector.slice(colon + 1) }
}

function isolationOf(route: Route): Isolation {
  const { isolation } = route
  if (isolation === undefined) return route.public ? { by: 'public' } : unstated
  return typeof isolation === 'string' ? { by: isolation } : { by: 'nothing', reason: isolation.none }
}

const unstated: Isolation = Object.freeze({
  by: 'nothing',
  reason: 'the configuration does not say how it is isolated',
})
