import t from 'tap'
import type { Front } from '../support/front.ts'
import { startFront, statuses } from '../support/front.ts'

/** A request line and fields that are fine on their own; a case adds what is wrong. */
const get = (fields: string, line = 'GET /a HTTP/1.1') => `${line}\r\nHost: a.example\r\n${fields}\r\n`
const post = (fields: string, body = '') => `POST /a HTTP/1.1\r\nHost: a.example\r\n${fields}\r\n${body}`

const hostile: readonly (readonly [name: string, bytes: string, statusAndCode: string])[] = [
  // Framing: threats 1 to 14.
  [
    'both lengths',
    post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
    '400 REQUEST_MALFORMED',
  ],
  [
    'chunked, then a length',
    post('Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', '0\r\n\r\n'),
    '400 REQUEST_MALFORMED',
  ],
  [
    'two lengths that differ',
    post('Content-Length: 5\r\nContent-Length: 6\r\n', 'hello'),
    '400 REQUEST_MALFORMED',
  ],
  ['two equal lengths', post('Content-Length: 5\r\nContent-Length: 5\r\n', 'hello'), '400 REQUEST_MALFORMED'],
  ['a list of lengths', post('Content-Length: 5,5\r\n', 'hello'), '400 REQUEST_MALFORMED'],
  ['an empty length', post('Content-Length:\r\n'), '400 REQUEST_MALFORMED'],
  ['a signed length', post('Content-Length: +5\r\n', 'hello'), '400 REQUEST_MALFORMED'],
  ['a negative length', post('Content-Length: -1\r\n'), '400 REQUEST_MALFORMED'],
  ['a hexadecimal length', post('Content-Length: 0x5\r\n', 'hello'), '400 REQUEST_MALFORMED'],
  ['a length with an underscore', post('Content-Length: 5_0\r\n', 'hello'), '400 REQUEST_MALFORMED'],
  ['a length of 2^63', post('Content-Length: 9223372036854775808\r\n'), '400 REQUEST_MALFORMED'],
  ['a length of 2^64+5', post('Content-Length: 18446744073709551621\r\n', 'hello'), '400 REQUEST_MALFORMED'],
  ['a coding after a comma', post('Transfer-Encoding: ,chunked\r\n', '0\r\n\r\n'), '400 REQUEST_MALFORMED'],
  ['a coding before a comma', post('Transfer-Encoding: chunked,\r\n', '0\r\n\r\n'), '400 REQUEST_MALFORMED'],
  ['an unknown coding', post('Transfer-Encoding: xchunked\r\n', '0\r\n\r\n'), '400 REQUEST_MALFORMED'],
  [
    'a coding behind a tab that is vertical',
    post('Transfer-Encoding: \x0bchunked\r\n', '0\r\n\r\n'),
    '400 REQUEST_MALFORMED',
  ],
  [
    'identity after chunked',
    post('Transfer-Encoding: chunked, identity\r\n', '0\r\n\r\n'),
    '400 REQUEST_MALFORMED',
  ],
  [
    'identity before chunked',
    post('Transfer-Encoding: identity, chunked\r\n', '0\r\n\r\n'),
    '400 REQUEST_MALFORMED',
  ],
  ['gzip before chunked', post('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n'), '400 REQUEST_MALFORMED'],
  ['identity alone', post('Transfer-Encoding: identity\r\n'), '400 REQUEST_MALFORMED'],
  [
    'chunked twice',
    post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
    '400 REQUEST_MALFORMED',
  ],
  ['a quoted coding', post('Transfer-Encoding: "chunked"\r\n', '0\r\n\r\n'), '400 REQUEST_MALFORMED'],
  [
    'chunked on HTTP/1.0',
    'POST /a HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    '400 REQUEST_MALFORMED',
  ],
  [
    'a coding with an underscore',
    post('Transfer_Encoding: chunked\r\n', '0\r\n\r\n'),
    '400 REQUEST_MALFORMED',
  ],
  ['a length with an underscore in its name', post('Content_Length: 5\r\n'), '400 REQUEST_MALFORMED'],
  ['a length with a dot in its name', post('Content.Length: 5\r\n'), '400 REQUEST_MALFORMED'],
  ['line feeds alone', 'GET /a HTTP/1.1\nHost: a\n\n', '400 REQUEST_MALFORMED'],
  ['one bare line feed', 'GET /a HTTP/1.1\r\nHost: a\nX: 1\r\n\r\n', '400 REQUEST_MALFORMED'],
  ['carriage returns alone', 'GET /a HTTP/1.1\rHost: a\r\r', '400 REQUEST_MALFORMED'],
  [
    'a carriage return before a field',
    'GET /a HTTP/1.1\r\nHost: a\r\n\rX: 1\r\n\r\n',
    '400 REQUEST_MALFORMED',
  ],
  ['a folded field', get('X-A: 1\r\n 2\r\n'), '400 REQUEST_MALFORMED'],
  ['a folded length', post('Content-Length:\r\n 5\r\n', 'hello'), '400 REQUEST_MALFORMED'],
  ['a folded credential', get('Authorization: Bearer\r\n\ttoken\r\n'), '400 REQUEST_MALFORMED'],
  ['a blank before the colon', get('X-A : 1\r\n'), '400 REQUEST_MALFORMED'],
  ['a blank before the first field', 'GET /a HTTP/1.1\r\n Host: a\r\n\r\n', '400 REQUEST_MALFORMED'],
  ['a field without a colon', get('X-A\r\n'), '400 REQUEST_MALFORMED'],
  ['an empty field name', get(': 1\r\n'), '400 REQUEST_MALFORMED'],
  ['a field name with parentheses', get('X(A): 1\r\n'), '400 REQUEST_MALFORMED'],
  ['a NUL in a value', get('X-A: a\0b\r\n'), '400 REQUEST_MALFORMED'],
  ['a DEL in a value', get('X-A: a\x7fb\r\n'), '400 REQUEST_MALFORMED'],
  ['an escape character in a value', get('X-A: a\x1bb\r\n'), '400 REQUEST_MALFORMED'],
  ['0x85 at the end of a value', get('X-A: acme\x85\r\n'), '400 REQUEST_MALFORMED'],
  ['0xA0 at the end of a value', get('X-A: acme\xa0\r\n'), '400 REQUEST_MALFORMED'],
  // Host: threats 31.
  ['no Host', 'GET /a HTTP/1.1\r\n\r\n', '400 REQUEST_MALFORMED'],
  ['two Hosts that differ', get('Host: b.example\r\n'), '400 REQUEST_MALFORMED'],
  ['two equal Hosts', get('Host: a.example\r\n'), '400 REQUEST_MALFORMED'],
  ['an empty Host', 'GET /a HTTP/1.1\r\nHost:\r\n\r\n', '400 REQUEST_MALFORMED'],
  ['a Host with a path', 'GET /a HTTP/1.1\r\nHost: a/b\r\n\r\n', '400 REQUEST_MALFORMED'],
  ['a Host with user information', 'GET /a HTTP/1.1\r\nHost: b@a\r\n\r\n', '400 REQUEST_MALFORMED'],
  ['a list of Hosts', 'GET /a HTTP/1.1\r\nHost: a, b\r\n\r\n', '400 REQUEST_MALFORMED'],
  ['a Host with a port that is none', 'GET /a HTTP/1.1\r\nHost: a:65536\r\n\r\n', '400 REQUEST_MALFORMED'],
  // Fields that may come once.
  [
    'two content types',
    post('Content-Type: a/b\r\nContent-Type: c/d\r\nContent-Length: 0\r\n'),
    '400 REQUEST_MALFORMED',
  ],
  [
    'two credentials',
    get('Authorization: Bearer a\r\nAuthorization: Bearer b\r\n'),
    '400 CREDENTIALS_AMBIGUOUS',
  ],
  [
    'two equal credentials',
    get('authorization: Bearer a\r\nAUTHORIZATION: Bearer a\r\n'),
    '400 CREDENTIALS_AMBIGUOUS',
  ],
  ['two tenant headers', get('X-Tenant-ID: a\r\nx-tenant-id: b\r\n'), '400 SELECTOR_AMBIGUOUS'],
  ['two workspace headers', get('X-Workspace-ID: a\r\nX-Workspace-ID: a\r\n'), '400 SELECTOR_AMBIGUOUS'],
  ['a list of tenants', get('X-Tenant-ID: a,b\r\n'), '400 SELECTOR_AMBIGUOUS'],
  ['a tenant that is too long', get(`X-Tenant-ID: ${'a'.repeat(65)}\r\n`), '400 SELECTOR_AMBIGUOUS'],
  ['a Connection that names Host', get('Connection: Host\r\n'), '400 REQUEST_MALFORMED'],
  [
    'a Connection that names Authorization',
    get('Connection: close, AUTHORIZATION\r\n'),
    '400 REQUEST_MALFORMED',
  ],
  [
    'a Connection that names a length',
    post('Connection: content_length\r\nContent-Length: 1\r\n', 'x'),
    '400 REQUEST_MALFORMED',
  ],
  ['a Connection that is no list of tokens', get('Connection: "close"\r\n'), '400 REQUEST_MALFORMED'],
  // Methods: threats 34. Targets have files of their own in test/advisories, 22 to 33.
  ['CONNECT', 'CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n', '405 METHOD_UNKNOWN'],
  ['TRACE', get('', 'TRACE /a HTTP/1.1'), '405 METHOD_UNKNOWN'],
  ['a method that no route has', get('', 'PROPFIND /a HTTP/1.1'), '405 METHOD_UNKNOWN'],
  ['a lower-case method', get('', 'get /a HTTP/1.1'), '400 REQUEST_MALFORMED'],
  ['a method of no protocol', get('', 'ABCDEF /a HTTP/1.1'), '400 REQUEST_MALFORMED'],
  // Versions.
  ['HTTP/2.0 in the request line', get('', 'GET /a HTTP/2.0'), '505 HTTP_VERSION_REFUSED'],
  ['HTTP/0.9 in the request line', get('', 'GET /a HTTP/0.9'), '505 HTTP_VERSION_REFUSED'],
  ['HTTP/1.2 in the request line', get('', 'GET /a HTTP/1.2'), '505 HTTP_VERSION_REFUSED'],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', '505 HTTP_VERSION_REFUSED'],
  ['a request line without a version, as HTTP/0.9 has it', 'GET /a\r\n\r\n', '505 HTTP_VERSION_REFUSED'],
  ['HTTP/3.0 in the request line', get('', 'GET /a HTTP/3.0'), '505 HTTP_VERSION_REFUSED'],
  ['a TLS client', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', '400 REQUEST_MALFORMED'],
  // Size: threats 46.
  [
    'too many fields',
    get(Array.from({ length: 100 }, (_, n) => `a${n}: 1\r\n`).join('')),
    '431 HEADERS_TOO_LARGE',
  ],
  [
    'two thousand fields',
    get(Array.from({ length: 2001 }, () => 'a:\r\n').join('')),
    '431 HEADERS_TOO_LARGE',
  ],
  ['one field that is too large', get(`X-A: ${'a'.repeat(9000)}\r\n`), '431 HEADERS_TOO_LARGE'],
  ['a target that is too long', get('', `GET /${'a'.repeat(2100)} HTTP/1.1`), '431 HEADERS_TOO_LARGE'],
  ['a target larger than a head', get('', `GET /${'a'.repeat(9000)} HTTP/1.1`), '431 HEADERS_TOO_LARGE'],
  // Expectations and upgrades.
  ['an unknown expectation', post('Expect: 200-ok\r\nContent-Length: 1\r\n'), '417 EXPECTATION_UNKNOWN'],
  [
    'an expectation that contains ours',
    post('Expect: x-100-continue-x\r\nContent-Length: 1\r\n'),
    '417 EXPECTATION_UNKNOWN',
  ],
  [
    'a list of expectations',
    post('Expect: 100-continue, 100-continue\r\nContent-Length: 1\r\n'),
    '417 EXPECTATION_UNKNOWN',
  ],
  [
    'two expectations',
    post('Expect: 100-continue\r\nExpect: 100-continue\r\nContent-Length: 1\r\n'),
    '400 REQUEST_MALFORMED',
  ],
  [
    'an upgrade to h2c',
    get('Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n'),
    '400 UPGRADE_REFUSED',
  ],
  [
    'an upgrade on a route without one',
    get('Connection: Upgrade\r\nUpgrade: websocket\r\n'),
    '400 UPGRADE_REFUSED',
  ],
  [
    'two upgrades',
    get('Connection: Upgrade\r\nUpgrade: websocket\r\nUpgrade: h2c\r\n'),
    '400 REQUEST_MALFORMED',
  ],
]

/** Status and code of the only answer. */
function verdictOf(received: string): string {
  const code = /"code":"([A-Z_]+)"/.exec(received)?.[1]
  return `${statuses(received).join(' ')} ${code}`
}

/** Whether a second request, sent behind the first, was taken for one. */
const second = 'GET /second HTTP/1.1\r\nHost: a.example\r\nX-Second: 1\r\n\r\n'

function seconds(front: Front): number {
  return front.recorded.filter(({ exchange }) => exchange.arrival.target === '/second').length
}

t.test('refuses every ambiguous head with its code, and forwards nothing of it', async t => {
  const front = await startFront(t)
  for (const [name, bytes, expected] of hostile) {
    const client = await front.connect()
    client.send(bytes)
    client.finish()
    t.equal(verdictOf(await client.closed()), expected, name)
    t.match(client.received(), /^Content-Type: application\/problem\+json\r$/m, `${name}: problem details`)
  }
  t.same(front.recorded, [], 'nothing went on')
  t.same(front.broken, [])
})

t.test('refuses the same heads when they come byte by byte', async t => {
  const front = await startFront(t)
  await Promise.all(
    hostile.map(async ([name, bytes, expected]) => {
      if (bytes.length > 400) return
      const client = await front.connect()
      for (const byte of bytes) {
        client.send(byte)
        await new Promise(setImmediate)
      }
      client.finish()
      t.equal(verdictOf(await client.closed()), expected, name)
    }),
  )
  t.same(front.recorded, [])
})

t.test('reads no request behind a head whose end is in doubt', async t => {
  const front = await startFront(t)
  await Promise.all(
    hostile.map(async ([name, bytes, expected]) => {
      if (!expected.endsWith('REQUEST_MALFORMED')) return
      const client = await front.connect()
      client.send(bytes + second)
      t.same(statuses(await client.closed()), [400], name)
    }),
  )
  t.equal(seconds(front), 0)
})

t.test('reads no request behind one that closes its connection, in any spelling', async t => {
  for (const connection of ['close', 'close\t', 'Close', 'keep-alive, close', 'close , x', 'x,\tclose']) {
    const front = await startFront(t)
    const client = await front.connect()
    client.send(get(`Connection: ${connection}\r\n`) + second)
    t.same(statuses(await client.closed()), [200], JSON.stringify(connection))
    t.equal(seconds(front), 0)
  }
})
