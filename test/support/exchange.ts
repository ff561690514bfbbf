import type { Exchange, ReceivedRequest } from '../../src/proxy/exchange.ts'
import type { RouteMatch } from '../../src/route/match.ts'
import type { RouteRule } from '../../src/route/rule.ts'
import type { Claims } from '../../src/token/claims.ts'
import { issuer } from './access.ts'
import { routeRule } from './route-rule.ts'

export type ExchangeParts = {
  readonly rule?: Partial<RouteRule>
  readonly parameters?: Readonly<Record<string, string>>
  readonly request?: Partial<ReceivedRequest>
  /** Null is a request that nobody was authenticated for. */
  readonly claims?: Partial<Claims> | null
}

/** An exchange as it stands after authenticate; whoever looks at the client's side of it finds nothing. */
export function exchangeOf({ rule, parameters = {}, request, claims }: ExchangeParts): Exchange {
  const route: RouteMatch = {
    rule: routeRule('GET', '/notes', { permission: 'notes.read', scope: 'tenant', charge: 1, ...rule }),
    index: 0,
    parameters: Object.values(parameters),
    parameterNames: Object.keys(parameters),
  }
  return {
    request: requestOf(request),
    route,
    claims: claims === null ? null : claimsOf(claims),
    access: null,
    workspace: null,
    grant: null,
    proof: null,
    ended: null,
    shadowed: [],
    stageMs: [],
  } as unknown as Exchange
}

function requestOf(more: Partial<ReceivedRequest> = {}): ReceivedRequest {
  return {
    id: 'request-1',
    path: '/notes',
    segments: ['notes'],
    oddities: null,
    query: null,
    token: 'present',
    origin: null,
    tenantRef: null,
    workspaceRef: null,
    accessVersionMin: 0,
    headers: [],
    contentLength: null,
    expectsContinue: false,
    traceparent: '',
    ...more,
  }
}

function claimsOf(more: Partial<Claims> = {}): Claims {
  return {
    issuer,
    subject: 'member',
    tenantRef: null,
    sessionId: null,
    keyId: 'k1',
    issuedAtMs: 0,
    expiresAtMs: 600_000,
    digest: 'digest',
    ...more,
  }
}
