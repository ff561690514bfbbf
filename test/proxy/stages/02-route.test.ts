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
import { noCors, someCors } from '../../support/cors.ts'
import { routeRule } from '../../support/route-rule.ts'

const origins = ['https://app.example']
const table = createRouteTable([
  routeRule('GET', '/notes'),
  routeRule('POST', '/notes', { bodyBytesMax: 10 }),
  routeRule('GET', '/leaks', {
    isolation: { by: 'nothing', reason: 'It reads a cache that all tenants share.' },
  }),
  routeRule('GET', '/socket', { upgrade: 'websocket', origins }),
  routeRule('POST', '/socket', { upgrade: 'websocket' }),
  routeRule('GET', '/files/{file_path...}', { takes: ['encoded-slash'] }),
])
const route = createRoute(table, noCors)
const routeWithOrigins = createRoute(table, someCors)
const webSocketFields = ['Sec-WebSocket-Version', '13', 'Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ==']

type Parts = Parameters<typeof arrived>[0] & {
  contentLength?: number
  tunnel?: Tunnel
  origin?: string
  /** Origins are configured. */
  cors?: boolean
}

function routed(path: string, { contentLength, tunnel, origin, cors, ...parts }: Parts = {}) {
  const asks = tunnel === undefined ? [] : webSocketFields
  const exchange = arrived({ ...parts, headers: [...asks, ...(parts.headers ?? [])] }, tunnel ?? null)
  exchange.request = {
    ...targetOf(path),
    contentLength: contentLength ?? null,
    origin: origin ?? null,
  } as unknown as ReceivedRequest
  const decided = (cors ? routeWithOrigins : route)(exchange)
  const denial = decided as Denial | null
  return { exchange, decided, denial, code: denial?.refusal?.code ?? null }
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
  t.same(denial?.headers, ['Upgrade', 'websocket', 'Sec-WebSocket-Version', '13'])
})

t.test(
  'refuses a WebSocket of a page whose origin is not configured, before the service is asked',
  async t => {
    const asked = { tunnel: tunnel('websocket') }
    t.equal(routed('/socket', { ...asked, origin: 'https://app.example' }).code, null)
    t.equal(routed('/socket', asked).code, null, 'without Origin it is no browser')
    for (const origin of [
      'https://evil.example',
      'null',
      'HTTPS://app.example',
      'https://app.example:443',
      '',
    ])
      t.equal(routed('/socket', { ...asked, origin }).code, 'ORIGIN_REFUSED', origin)
  },
)

const preflight = { method: 'OPTIONS', headers: ['Access-Control-Request-Method', 'POST'], cors: true }

t.test('answers a preflight by itself, under the rule of the request that it asks about', async t => {
  const { exchange, decided } = routed('/notes', { ...preflight, origin: 'https://app.example' })
  t.match(decided, { answers: 204 })
  t.match(exchange.route, { rule: { method: 'POST', template: '/notes' } })
})

t.test('tells a preflight no more than the request itself would be told', async t => {
  t.equal(routed('/notes', { ...preflight, origin: 'https://evil.example' }).code, 'ORIGIN_REFUSED')
  t.equal(routed('/nothing', { ...preflight, origin: 'https://app.example' }).code, 'ROUTE_UNKNOWN')
  const headers = ['Access-Control-Request-Method', 'DELETE']
  t.equal(routed('/notes', { ...preflight, headers, origin: 'https://app.example' }).code, 'METHOD_UNKNOWN')
})

t.test('takes OPTIONS for any other method where it is no preflight, or no origin is configured', async t => {
  t.equal(
    routed('/notes', { ...preflight, cors: false, origin: 'https://app.example' }).code,
    'METHOD_UNKNOWN',
  )
  t.equal(routed('/notes', preflight).code, 'METHOD_UNKNOWN', 'without Origin')
  t.equal(
    routed('/notes', { ...preflight, headers: [], origin: 'https://app.example' }).code,
    'METHOD_UNKNOWN',
  )
})
