import t from 'tap'
import type { Exchange } from '../../src/proxy/exchange.ts'
import { createServiceFields } from '../../src/proxy/service-fields.ts'
import { noCors } from '../support/cors.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { accessOf } from '../support/recordable-exchange.ts'

const fields = createServiceFields({
  reservedPrefix: 'X-QLP-',
  ageHeader: 'X-Access-Age',
  cors: noCors,
  clock: createManualClock(90_999),
})
const exchange = { request: { id: 'r-1' }, grant: null, access: null } as unknown as Exchange

t.test('order, spelling and duplicates stay', async t => {
  t.same(fields.head(exchange, 200, ['B', '1', 'a', '2', 'b', '3']), [
    'B',
    '1',
    'a',
    '2',
    'b',
    '3',
    'X-Request-ID',
    'r-1',
  ])
})

t.test('what ends at this hop goes, by rule and by name', async t => {
  const sent = [
    'Connection',
    'X-Hop,  x-other ,close',
    'X-HOP',
    '1',
    'X_Other',
    '1',
    'Trailer',
    'x',
    'Kept',
    '1',
  ]
  t.same(fields.rest(sent), ['Kept', '1'])
  t.same(fields.rest(['Connection', 'A', 'A', '1', 'connection', 'B', 'b', '1', 'C', '1']), ['C', '1'])
})

t.test('the reserved prefix goes in every spelling', async t => {
  t.same(fields.rest(['X-QLP-Usage', '1', 'x_qlp_usage', '1', 'X.Qlp-A', '1', 'X-QL', '1']), ['X-QL', '1'])
  t.same(fields.rest(['X--QLP-Usage', '1', '_x_qlp_usage', '1']), [])
})

t.test('a service does not lead clients past the sidecar', async t => {
  t.same(fields.rest(['Alt-Svc', 'h2=":8443"', 'alt-svc', 'clear', 'Link', '</a>']), ['Link', '</a>'])
})

t.test('Upgrade stays with 426 alone, which must say what to upgrade to', async t => {
  t.same(fields.head(exchange, 426, ['Upgrade', 'websocket']).slice(0, 2), ['Upgrade', 'websocket'])
  t.same(fields.head(exchange, 200, ['Upgrade', 'h2c']), ['X-Request-ID', 'r-1'])
})

t.test('only one side speaks of request ids and limits', async t => {
  const windows = [{ name: 'minute', windowMs: 60_000, max: 1, remaining: 0, resetMs: 0 }]
  const counted = { ...exchange, grant: { granted: true, degraded: false, windows } } as Exchange
  const theirs = ['X-Request-Id', 'theirs', 'ratelimit', 'theirs', 'RateLimit-Policy', 'theirs']
  t.notMatch(fields.head(counted, 200, theirs).join(), 'theirs')
  t.same(fields.head(exchange, 200, theirs).slice(0, 4), theirs.slice(2))
})

t.test(
  'an operator who asks for it is told how old what the request was judged by is, and by nobody else',
  async t => {
    const judged = { ...exchange, access: accessOf('acme', 'mona') }
    t.same(fields.head(judged, 200, ['x-access-age', '0']), ['X-Request-ID', 'r-1', 'X-Access-Age', '90'])
    t.same(fields.head(exchange, 200, ['X-Access-Age', '0']), ['X-Request-ID', 'r-1'])
  },
)
