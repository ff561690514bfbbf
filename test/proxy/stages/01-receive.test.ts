import t from 'tap'
import type { Exchange } from '../../../src/proxy/exchange.ts'
import { createReceive } from '../../../src/proxy/stages/01-receive.ts'
import type { Denial } from '../../../src/proxy/verdict.ts'
import type { RecordedReply } from '../../support/arrival.ts'
import { arrived } from '../../support/arrival.ts'

const receive = createReceive({
  bounds: { headerCountMax: 20, headerBytesMax: 2000, targetBytesMax: 100 },
  tenantHeader: 'X-Tenant-ID',
  workspaceHeader: 'X-Workspace-ID',
  accessVersionHeader: 'X-Access-Version',
  reservedPrefix: 'X-QLP-',
  aliases: ['X-User-ID'],
  passFields: [],
  trustedHops: 0,
  newRequestId: () => 'made',
  randomBytes: count => new Uint8Array(count).fill(1),
})

function receiveFields(...fields: string[]): Exchange {
  const exchange = arrived({ headers: ['Host', 'a.example', ...fields] })
  exchange.ended = receive(exchange) as Denial | null
  return exchange
}

const code = (exchange: Exchange) => (exchange.ended as Denial | null)?.refusal.code ?? null
const closes = (exchange: Exchange) => (exchange.reply as RecordedReply).closes()

t.test('takes the token out of the one Authorization field, the scheme in any case', async t => {
  for (const [value, token] of [
    ['Bearer abc', 'abc'],
    ['bEARER   a.b.c', 'a.b.c'],
    ['Bearer a b', 'a b'],
    ['Bearer', null],
    ['Bearer ', null],
    ['Bearer      ', null],
    ['Basic abc', null],
    ['Bearerabc', null],
    ['', null],
  ] as const) {
    const exchange = receiveFields('Authorization', value)
    t.equal(code(exchange), null)
    t.equal(exchange.request?.token, token, value)
    t.notOk(exchange.request?.headers.includes('Authorization'))
  }
})

t.test('captures selectors by their exact names and strips every spelling of them', async t => {
  const exchange = receiveFields('x-TENANT-id', 'acme', 'X_Tenant_ID', 'globex', 'X-Workspace-Id', 'lab')
  t.match(exchange.request, { tenantRef: 'acme', workspaceRef: 'lab' })
  t.notMatch(exchange.request?.headers.join(), /acme|globex|lab/)
  t.equal(receiveFields('X_Tenant_ID', 'globex').request?.tenantRef, null)
})

t.test('refuses a selector that comes twice or is not one id or slug', async t => {
  for (const fields of [
    ['X-Tenant-ID', 'a', 'x-tenant-id', 'a'],
    ['X-Tenant-ID', ''],
    ['X-Tenant-ID', 'a,b'],
    ['X-Workspace-ID', 'a', 'X-Workspace-ID', 'b'],
    ['X-Workspace-ID', 'a/b'],
  ])
    t.equal(code(receiveFields(...fields)), 'SELECTOR_AMBIGUOUS', fields.join())
})

t.test(
  'captures nothing where no selector header is configured, and strips aliases all the same',
  async t => {
    const none = createReceive({
      bounds: { headerCountMax: 20, headerBytesMax: 2000, targetBytesMax: 100 },
      tenantHeader: null,
      workspaceHeader: null,
      accessVersionHeader: null,
      reservedPrefix: 'X-QLP-',
      aliases: ['X-Tenant-ID'],
      passFields: [],
      trustedHops: 0,
      newRequestId: () => 'made',
      randomBytes: count => new Uint8Array(count).fill(1),
    })
    const exchange = arrived({ headers: ['Host', 'a', 'X-Tenant-ID', 'acme'] })
    t.equal(none(exchange), null)
    t.equal(exchange.request?.tenantRef, null)
    t.notOk(exchange.request?.headers.includes('acme'))
  },
)

t.test('keeps a harmless request id, and makes one otherwise', async t => {
  t.equal(receiveFields('x-request-id', 'Mine-1.2_3').request?.id, 'Mine-1.2_3')
  for (const fields of [
    [],
    ['X-Request-ID', 'a b'],
    ['X_Request_ID', 'a'],
    ['X-Request-ID', 'x'.repeat(65)],
    ['X-Request-ID', 'a', 'X-Request-ID', 'a'],
  ])
    t.equal(receiveFields(...fields).request?.id, 'made')
})

t.test('keeps a valid trace with its state, and begins one otherwise', async t => {
  const mine = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  const kept = receiveFields('traceparent', mine, 'tracestate', 'a=1').request
  t.equal(kept?.traceparent, mine)
  t.ok(kept?.headers.includes('a=1'))
  const made = receiveFields('traceparent', 'nonsense', 'tracestate', 'a=1').request
  t.equal(made?.traceparent, `00-${'01'.repeat(16)}-${'01'.repeat(8)}-00`)
  t.notOk(made?.headers.includes('a=1'))
  t.equal(made?.headers.filter(name => name === 'traceparent').length, 1)
})

t.test('forwards no field that Connection lists', async t => {
  const exchange = receiveFields('Connection', 'x-hop, X_Odd', 'X-Hop', '1', 'X-Odd', '2', 'X-End', '3')
  t.notOk(exchange.request?.headers.includes('X-Hop'))
  t.notOk(exchange.request?.headers.includes('X-Odd'))
  t.ok(exchange.request?.headers.includes('X-End'))
})

t.test('no name in Connection takes away a field of ours', async t => {
  const ours = ['X-Request-ID', 'traceparent', 'X-Forwarded-For', 'X-Forwarded-Proto', 'X-Forwarded-Host']
  const exchange = receiveFields('Connection', ours.join(','))
  for (const name of ours) t.ok(exchange.request?.headers.includes(name), name)
})

t.test('gives a refused request its id, and nothing else of it', async t => {
  const exchange = arrived({
    headers: [
      'Host',
      'a',
      'Host',
      'b',
      'X-Request-ID',
      'mine',
      'X-Tenant-ID',
      'acme',
      'Authorization',
      'Bearer x',
    ],
  })
  const denial = receive(exchange) as Denial
  t.equal(denial.refusal.code, 'REQUEST_MALFORMED')
  t.match(exchange.request, { id: 'mine', path: '', token: null, tenantRef: null, headers: [] })
})

t.test('closes the connection of a request whose end is in doubt, and of no other', async t => {
  t.equal(closes(receiveFields('Content-Length', '1', 'Transfer-Encoding', 'chunked')), true)
  t.equal(closes(receiveFields('Connection', 'host')), true)
  t.equal(closes(receiveFields('X-Tenant-ID', '')), false)
  t.equal(closes(receiveFields()), false)
})

t.test('refuses what it says it refuses', async t => {
  const cases: readonly (readonly [Parameters<typeof arrived>[0], string])[] = [
    [{ headers: [] }, 'REQUEST_MALFORMED'],
    [{ method: 'get' }, 'REQUEST_MALFORMED'],
    [{ method: 'GET POST' }, 'REQUEST_MALFORMED'],
    [{ method: 'A'.repeat(33) }, 'REQUEST_MALFORMED'],
    [{ method: 'CONNECT', target: 'a:443' }, 'METHOD_UNKNOWN'],
    [{ method: 'TRACE' }, 'METHOD_UNKNOWN'],
    [{ target: '/a%00' }, 'TARGET_MALFORMED'],
    [{ target: `/${'a'.repeat(100)}` }, 'HEADERS_TOO_LARGE'],
    [{ headers: Array.from({ length: 42 }, () => 'x') }, 'HEADERS_TOO_LARGE'],
    [{ httpVersion: '2.0' }, 'HTTP_VERSION_REFUSED'],
    [{ headers: ['Host', 'a', 'Expect', 'tea'] }, 'EXPECTATION_UNKNOWN'],
    [{ headers: ['Host', 'a', 'Authorization', 'a', 'Authorization', 'b'] }, 'CREDENTIALS_AMBIGUOUS'],
  ]
  for (const [parts, expected] of cases) {
    const exchange = arrived(parts)
    t.equal((receive(exchange) as Denial).refusal.code, expected)
    t.equal(exchange.request?.id, 'made')
  }
})

t.test('says which methods there are when it refuses CONNECT or TRACE', async t => {
  t.match((receive(arrived({ method: 'TRACE' })) as Denial).headers, ['Allow', /GET.*POST/])
})
