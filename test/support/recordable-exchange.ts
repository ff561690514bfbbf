import type { AccessDocument } from '../../src/access/document.ts'
import { PermissionIndex } from '../../src/access/permission-set.ts'
import type { PreparedAccess } from '../../src/access/prepared-access.ts'
import type { Exchange } from '../../src/proxy/exchange.ts'
import { exchangeOf } from '../../src/proxy/exchange-of.ts'
import type { RouteMatch } from '../../src/route/match.ts'
import type { Claims } from '../../src/token/claims.ts'
import { routeRule } from './route-rule.ts'

/** An exchange that no stage has seen, with a secret in every place where a client could put one. */
export function unseenExchange(method = 'GET'): Exchange {
  const reply = {
    begun: true,
    inform() {},
    begin() {},
    write: () => true,
    onDrain() {},
    end() {},
    abort() {},
    closeAfter() {},
  }
  const arrival = {
    method,
    target: '/notes?secret=in-the-target',
    httpVersion: '1.1',
    headers: ['Authorization', 'Bearer in-a-header'],
    flaw: null,
    body: null,
    peer: { address: '127.0.0.1', port: 1, encrypted: false },
    atMs: 0,
    startedMs: 0,
  }
  return exchangeOf(arrival, reply, { gone: false, onGone() {} }, null)
}

/** As the stages leave an exchange that went all the way. */
export function allowedExchange(): Exchange {
  const exchange = unseenExchange()
  exchange.request = {
    id: 'request-1',
    path: '/notes/in-a-parameter',
    segments: ['notes', 'in-a-parameter'],
    oddities: null,
    query: 'secret=in-the-query',
    token: 'in-the-token',
    origin: null,
    tenantRef: 'acme',
    workspaceRef: null,
    accessVersionMin: 0,
    headers: ['Cookie', 'in-a-cookie'],
    contentLength: null,
    expectsContinue: false,
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  }
  exchange.route = matchOfNote()
  exchange.claims = claims
  exchange.access = accessOf('acme', 'user-1')
  exchange.stageMs.push(0.1, 0.01, 0.2, 0.3, 0.02, 0.5, 0.05)
  Object.assign(exchange.outcome, {
    status: 200,
    upstreamStatus: 200,
    upstreamMs: 7.5,
    bytesIn: 3,
    bytesOut: 9,
  })
  return exchange
}

export function accessOf(
  slug: string,
  userId: string,
  breakGlass: AccessDocument['breakGlass'] = null,
): PreparedAccess {
  const document: AccessDocument = {
    tenant: { id: `id-of-${slug}`, slug, status: 'active', plan: 'pro', limits: [] },
    principal: { issuer: 'https://id.example/', subject: 'subject-1', userId },
    accessVersion: 1,
    issuedAtMs: 0,
    role: 'member',
    permissions: [],
    breakGlass,
    workspaces: [],
  }
  return { document, permissions: new PermissionIndex([]).setOf([]), workspaces: new Map() }
}

const claims: Claims = {
  issuer: 'https://id.example/',
  subject: 'subject-1',
  tenantRef: null,
  sessionId: null,
  keyId: 'k',
  issuedAtMs: 0,
  expiresAtMs: 1,
  digest: 'd',
}

function matchOfNote(): RouteMatch {
  const rule = routeRule('GET', '/notes/{note_id}', { permission: 'notes:read', scope: 'tenant' })
  return { rule, index: 0, parameters: ['in-a-parameter'], parameterNames: ['note_id'] }
}
