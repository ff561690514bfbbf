import { Readable } from 'node:stream'
import t from 'tap'
import type { FaultCode } from '../../../src/lib/fault.ts'
import { Fault, faults } from '../../../src/lib/fault.ts'
import type { HeaderList } from '../../../src/lib/header-list.ts'
import { headerCount, headerValue } from '../../../src/lib/header-list.ts'
import type { Exchange } from '../../../src/proxy/exchange.ts'
import { exchangeOf } from '../../../src/proxy/exchange-of.ts'
import type { RefusalCode } from '../../../src/proxy/refusal.ts'
import { refusals } from '../../../src/proxy/refusal.ts'
import { createAnswer } from '../../../src/proxy/stages/09-answer.ts'
import type { Denial } from '../../../src/proxy/verdict.ts'
import { deny } from '../../../src/proxy/verdict.ts'
import { noCors } from '../../support/cors.ts'

const answer = createAnswer({ realm: 'qlp', cors: noCors })

t.test('every refusal and every fault becomes its status and code, and never its detail', async t => {
  const refused = Object.keys(refusals).map(code => deny(code as RefusalCode, 'SECRET detail'))
  const broken = Object.keys(faults).map(
    code => new Fault(code as FaultCode, 'SECRET attempt', { a: 'SECRET' }),
  )
  for (const ended of [...refused, ...broken]) {
    const { exchange, sent } = exchangeFor()
    answer(exchange, ended)
    const row = 'refusal' in ended ? ended.refusal : { code: ended.code, ...faults[ended.code] }
    t.equal(sent.status, row.status)
    t.match(JSON.parse(sent.body), {
      type: `urn:postern:error:${row.code}`,
      title: row.title,
      status: row.status,
      code: row.code,
      request_id: 'r-1',
    })
    t.equal(headerValue(sent.headers, 'content-type'), 'application/problem+json')
    t.equal(headerValue(sent.headers, 'content-length'), String(Buffer.byteLength(sent.body)))
    t.equal(headerValue(sent.headers, 'cache-control'), 'no-store')
    t.equal(headerValue(sent.headers, 'x-request-id'), 'r-1')
    t.notMatch(sent.body + sent.headers.join(), 'SECRET')
    t.ok(sent.ended)
    t.equal(exchange.outcome.status, row.status)
  }
})

t.test('a fault says when to come back only where a retry is safe', async t => {
  t.equal(retryAfter(new Fault('UPSTREAM_UNREACHABLE', 'x')), '1')
  t.equal(retryAfter(new Fault('UPSTREAM_BROKEN', 'x')), null)
})

t.test('401 brings a challenge: without a token no error, with a bad one its reason', async t => {
  t.equal(challenge(deny('TOKEN_MISSING', 'x')), 'Bearer realm="qlp"')
  t.equal(
    challenge(deny('TOKEN_EXPIRED', 'x')),
    'Bearer realm="qlp", error="invalid_token", error_description="The token has expired"',
  )
  t.equal(challenge(deny('TOKEN_EXPIRED', 'x', ['WWW-Authenticate', 'Mine'])), 'Mine')
  t.equal(challenge(deny('PERMISSION_MISSING', 'x')), null)
})

t.test('the fields of a denial are sent, each once', async t => {
  const { exchange, sent } = exchangeFor()
  answer(exchange, deny('METHOD_UNKNOWN', 'x', ['Allow', 'GET']))
  t.equal(headerValue(sent.headers, 'allow'), 'GET')
})

t.test('429 tells the windows and when there is room again', async t => {
  const { exchange, sent } = exchangeFor()
  exchange.grant = {
    granted: false,
    name: 'minute',
    retryAfterMs: 16_500,
    degraded: false,
    windows: [{ name: 'min"ute', windowMs: 60_000, max: 60, remaining: -3, resetMs: 16_500 }],
  }
  answer(exchange, deny('RATE_LIMITED', 'x', ['Retry-After', '17']))
  t.equal(headerValue(sent.headers, 'retry-after'), '17')
  t.equal(headerValue(sent.headers, 'ratelimit-policy'), '"min\\"ute";q=60;w=60')
  t.equal(headerValue(sent.headers, 'ratelimit'), '"min\\"ute";r=0;t=17')
  t.equal(headerCount(sent.headers, 'retry-after'), 1)
})

t.test('HEAD is answered without a body, with its length', async t => {
  const { exchange, sent } = exchangeFor({ method: 'HEAD' })
  answer(exchange, deny('ROUTE_UNKNOWN', 'x'))
  t.equal(sent.body, '')
  t.ok(Number(headerValue(sent.headers, 'content-length')) > 0)
  t.ok(sent.ended)
})

t.test('the connection closes after an answer to a body that was not read', async t => {
  const unread = exchangeFor({ body: new Readable({ read() {} }) })
  answer(unread.exchange, deny('ROUTE_UNKNOWN', 'x'))
  t.ok(unread.sent.closes)
  const none = exchangeFor()
  answer(none.exchange, deny('ROUTE_UNKNOWN', 'x'))
  t.notOk(none.sent.closes)
})

t.test('an answer that has begun is cut, not continued', async t => {
  const { exchange, sent } = exchangeFor({ begun: true })
  answer(exchange, new Fault('UPSTREAM_BROKEN', 'x'))
  t.ok(sent.aborted)
  t.equal(sent.status, 0)
})

t.test('a client that is gone gets nothing', async t => {
  const { exchange, sent } = exchangeFor({ gone: true })
  answer(exchange, deny('ROUTE_UNKNOWN', 'x'))
  t.same([sent.status, sent.body, sent.ended], [0, '', false])
  t.equal(exchange.outcome.aborted, 'client')
})

t.test('a reply that fails is cut, and nothing is thrown', async t => {
  const { exchange, sent } = exchangeFor({ fails: true })
  t.doesNotThrow(() => answer(exchange, deny('ROUTE_UNKNOWN', 'x')))
  t.ok(sent.aborted)
})

t.test('a request that was never received is answered, too', async t => {
  const { exchange, sent } = exchangeFor()
  exchange.request = null
  answer(exchange, new Fault('INTERNAL', 'x'))
  t.equal(sent.status, 500)
})

function retryAfter(ended: Denial | Fault): string | null {
  const { exchange, sent } = exchangeFor()
  answer(exchange, ended)
  return headerValue(sent.headers, 'retry-after')
}

function challenge(ended: Denial): string | null {
  const { exchange, sent } = exchangeFor()
  answer(exchange, ended)
  return headerValue(sent.headers, 'www-authenticate')
}

type Setting = { method?: string; body?: Readable; begun?: boolean; gone?: boolean; fails?: boolean }

function exchangeFor(setting: Setting = {}) {
  const sent = { status: 0, headers: [] as HeaderList, body: '', ended: false, aborted: false, closes: false }
  const exchange: Exchange = exchangeOf(
    {
      method: setting.method ?? 'GET',
      target: '/a',
      httpVersion: '1.1',
      headers: [],
      flaw: null,
      body: setting.body ?? null,
      peer: { address: '127.0.0.1', port: 1, encrypted: false },
      atMs: 0,
      startedMs: 0,
    },
    {
      begun: setting.begun ?? false,
      inform: () => {},
      begin: (status, headers) => {
        if (setting.fails) throw new Fault('INTERNAL', 'write')
        sent.status = status
        sent.headers = headers
      },
      write: chunk => {
        sent.body += Buffer.from(chunk).toString()
        return true
      },
      onDrain: () => {},
      end: () => {
        sent.ended = true
      },
      abort: () => {
        sent.aborted = true
      },
      closeAfter: () => {
        sent.closes = true
      },
    },
    { gone: setting.gone ?? false, onGone: () => {} },
    null,
  )
  exchange.request = {
    id: 'r-1',
    path: '/a',
    segments: ['a'],
    oddities: null,
    query: null,
    token: null,
    origin: null,
    tenantRef: null,
    workspaceRef: null,
    accessVersionMin: 0,
    headers: [],
    contentLength: null,
    expectsContinue: false,
    traceparent: '',
  }
  return { exchange, sent }
}
