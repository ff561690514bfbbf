import t from 'tap'
import { readOddTarget } from '../../../src/http1/odd-target.ts'
import { readTarget } from '../../../src/http1/target.ts'
import { isRefused } from '../../../src/lib/refused.ts'
import type { ReceivedRequest } from '../../../src/proxy/exchange.ts'
import { createRoute } from '../../../src/proxy/stages/02-route.ts'
import type { Denial } from '../../../src/proxy/verdict.ts'
import { createRouteTable } from '../../../src/route/table.ts'
import type { Tunnel } from '../../../src/upstream/port.ts'
import { arrived } from '../../support/arrival.ts'
import { routeRule } from '../../support/route-rule.ts'

const route = createRoute(
  createRouteTable([
    routeRule('GET', '/notes'),
    routeRule('POST', '/notes', { bodyBytesMax: 10 }),
    routeRule('GET', '/leaks', {
      isolation: { by: 'nothing', reason: 'It reads a cache that all tenants share.' },
    }),
    routeRule('GET', '/socket', { upgrade: 'websocket' }),
    routeRule('POST', '/socket', { upgrade: 'websocket' }),
    routeRule('GET', '/files/{file_path...}', { takes: ['encoded-slash'] }),
  ]),
)

type Parts = Parameters<typeof arrived>[0] & { contentLength?: number; tunnel?: Tunnel }

function routed(path: string, { contentLength, tunnel, ...parts }: Parts = {}) {
  const exchange = arrived(parts, tunnel ?? null)
  exchange.request = {
    ...targetOf(path),
    contentLength: contentLength ?? null,
  } as unknown as ReceivedRequest
  const denial = route(exchange) as Denial | null
  return { exchange, denial, code: denial?.refusal.code ?? null }
}

function targetOf(path: string) {
  const target = readTarget(path)
  return isRefused(target) ? readOddTarget(path, target) : target
}

const tunnel = (protocol: string): Tunnel => ({
  protocol,
  open: () => Promise.reject(new Error('not in this test')),
  close: () => false,
})

t.test('sets the rule a request falls under', async t => {
  const { exchange, code } = routed('/notes')
  t.equal(code, null)
  t.match(exchange.route, { rule: { template: '/notes' }, index: 0 })
})

t.test('refuses a path or method that no rule names, and names the methods there are', async t => {
  t.equal(routed('/nothing').code, 'ROUTE_UNKNOWN')
  t.equal(routed('/nothing').exchange.route, null)
  const { denial } = routed('/notes', { method: 'PUT' })
  t.equal(denial?.refusal.code, 'METHOD_UNKNOWN')
  t.same(denial?.headers, ['Allow', 'GET, HEAD, POST'])
})

t.test(
  'lets through what is odd in a tail that takes it, and names the rule that refuses it elsewhere',
  async t => {
    t.equal(routed('/files/a%2fb').exchange.route?.rule.template, '/files/{file_path...}')
    for (const [path, rule] of [
      ['/files/a%5cb', 'target-separator'],
      ['/files/a%2fb/..', 'target-dot-segment'],
      ['/files/..%2fnotes', 'target-dot-segment'],
      ['/nothing/a%2fb', 'target-separator'],
      ['/files//a', 'target-empty-segment'],
      ['/files/a%252fb', 'target-escaped-twice'],
    ] as const) {
      const { denial, code } = routed(path)
      t.equal(code, 'TARGET_MALFORMED', path)
      t.equal(denial?.rule, rule, path)
    }
    t.same(routed('/files/a%2fb', { method: 'PUT' }).denial?.headers, ['Allow', 'GET, HEAD'])
  },
)

t.test('refuses a route whose isolation is not proven, and tells the log why', async t => {
  const { denial, exchange } = routed('/leaks')
  t.equal(denial?.refusal.code, 'NOT_ISOLATED')
  t.equal(denial?.detail, 'It reads a cache that all tenants share.')
  t.equal(exchange.route?.rule.template, '/leaks', 'the record still names the route')
})

t.test('refuses a body that announces more than the route takes', async t => {
  t.equal(routed('/notes', { method: 'POST', contentLength: 10 }).code, null)
  t.equal(routed('/notes', { method: 'POST', contentLength: 11 }).code, 'BODY_TOO_LARGE')
})

t.test('lets only WebSocket through, only where it is asked for and taken', async t => {
  t.equal(routed('/socket', { tunnel: tunnel('websocket') }).code, null)
  t.equal(routed('/notes', { tunnel: tunnel('websocket') }).code, 'UPGRADE_REFUSED')
  for (const protocol of ['h2c', 'tls/1.0', '', 'websocket, h2c', 'websocket/13'])
    t.equal(routed('/socket', { tunnel: tunnel(protocol) }).code, 'UPGRADE_REFUSED', protocol)
})

t.test('refuses an upgrade that is no GET in HTTP/1.1 without a body', async t => {
  const asked = { tunnel: tunnel('websocket') }
  t.equal(routed('/socket', { ...asked, method: 'POST' }).code, 'UPGRADE_REFUSED')
  t.equal(routed('/socket', { ...asked, httpVersion: '1.0' }).code, 'UPGRADE_REFUSED')
  t.equal(routed('/socket', { ...asked, contentLength: 1 }).code, 'UPGRADE_REFUSED')
  t.equal(routed('/socket', { ...asked, contentLength: 0 }).code, null)
  t.equal(routed('/socket', { ...asked, headers: ['Transfer-Encoding', 'chunked'] }).code, 'UPGRADE_REFUSED')
})

t.test('asks for the upgrade where a route speaks nothing else', async t => {
  const { denial } = routed('/socket')
  t.equal(denial?.refusal.code, 'UPGRADE_REQUIRED')
  t.same(denial?.headers, ['Upgrade', 'websocket'])
})
