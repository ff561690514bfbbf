import { integerBelow } from '../../support/random.ts'
import type { Random } from '../fuzzer.ts'
import { chance, mutate, oneOf } from '../mutate.ts'

/** Makes a request head, most often one that is honest but for one or two things, sometimes with a body. */
export function generateHead(random: Random, corpus: readonly string[]): string {
  if (chance(random, 0.4)) {
    const seed = corpus.length > 0 && chance(random, 0.5) ? oneOf(random, corpus) : oneOf(random, seeds)
    return mutate(random, seed, seeds, { words, lengthMax: 16_384 })
  }
  const odd = chance(random, 0.15)
  let head = `${odd ? oneOf(random, oddMethods) : oneOf(random, methods)} ${oneOf(random, targets)} `
  head += `HTTP/${chance(random, 0.04) ? oneOf(random, versions) : '1.1'}\r\nHost: ${oneOf(random, hosts)}\r\n`
  for (let count = integerBelow(random, 7); count > 0; count -= 1) {
    const end = chance(random, 0.01) ? oneOf(random, lineEnds) : '\r\n'
    head += chance(random, 0.8) ? oneOf(random, honest) : oneOf(random, hostile)
    head += end
  }
  return `${head}\r\n${oneOf(random, bodies)}`
}

const methods = ['GET', 'GET', 'GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH']
const oddMethods = [
  'get',
  'CONNECT',
  'TRACE',
  'PRI',
  'M-SEARCH',
  'G ET',
  '',
  'GET\t',
  '-GET',
  'PROPFIND',
  'QUERY',
]
const targets = [
  '/',
  '/a',
  '/a/b?c=d',
  '/%41',
  '/a;b',
  '/../a',
  '//a',
  '*',
  'http://a/b',
  '/a#b',
  '/a?%zz',
  '/\xe9',
]
const versions = ['1.0', '0.9', '2.0', '1.2', '1.10', '11', '1.1 ', '3']
const hosts = [
  'a.example',
  'a.example',
  'a.example',
  '127.0.0.1:80',
  '[::1]',
  '[::1]:80',
  'a:99999',
  'a@b',
  '',
  'a,b',
]
const lineEnds = ['\n', '\r', '\r\r\n', '\r\n ', '\r\n\t', '\0', '', '\r\nX']
const bodies = ['', '', '', 'abc', '3\r\nabc\r\n0\r\n\r\n', 'GET /b HTTP/1.1\r\nHost: b\r\n\r\n', '0\r\n\r\n']

const honest = [
  ...[
    'Accept: */*',
    'Accept-Encoding: gzip, br',
    'User-Agent: fuzz/1.0',
    'Cookie: a=b; c=d',
    'Cookie: a=\xe9',
  ],
  ...[
    'Content-Type: application/json',
    'Content-Length: 3',
    'Content-Length: 0',
    'Transfer-Encoding: chunked',
  ],
  ...[
    'Connection: keep-alive',
    'Connection: close',
    'Connection: close, X-Hop',
    'X-Hop: 1',
    'Expect: 100-continue',
  ],
  ...[
    'Authorization: Bearer a.b.c',
    'X-Tenant-ID: acme',
    'X-Workspace-ID: main',
    'X-Access-Version: 7',
    'Range: bytes=0-1',
  ],
  ...[
    'X-Request-ID: r-1',
    'tracestate: a=b',
    'X-Forwarded-For: 192.0.2.1, 198.51.100.2',
    'X-Forwarded-Proto: https',
  ],
  'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  ...[
    'If-Match: "a"',
    'If-None-Match: W/"b"',
    'Origin: https://a.example',
    'X-Empty:',
    'X-Spaces: a  b',
    'TE: trailers',
  ],
]

const framingNames = [
  'Content-Length',
  'Transfer-Encoding',
  'Host',
  'Connection',
  'Authorization',
  'Expect',
  'Upgrade',
]
const reservedNames = [
  'X-QLP-Tenant-Id',
  'X-QLP-Assertion',
  'X-User-ID',
  'X-Tenant-ID',
  'X-Forwarded-Host',
  'X-Original-URL',
]
const lengths = [
  '3',
  '+3',
  '-1',
  '03',
  '3, 3',
  '3 3',
  '0x3',
  '3_0',
  '',
  ' ',
  '9007199254740993',
  '18446744073709551619',
  '3.0',
  '1e1',
]
const codings = [
  'chunked',
  'Chunked',
  'chunked ',
  ',chunked',
  'chunked,',
  'xchunked',
  'identity',
  'gzip, chunked',
  '\vchunked',
  'chunked;q=1',
]
const named = [
  'Host',
  'Content-Length',
  'X-QLP-Tenant-Id',
  'x_qlp_tenant_id',
  'Authorization',
  'close',
  'traceparent',
  'X-Request-ID',
  'a b',
  '"',
  '\0',
]

/** Every way to spell a name that something behind a proxy may read as that name. */
function spellings(name: string): string[] {
  const odd = ['_', '.', '~', '+', "'", '*', '`', '|', '%', '!', '#', '$', '^', '&', '--'].map(mark =>
    name.replaceAll('-', mark),
  )
  return [
    ...odd,
    name.toUpperCase(),
    name.toLowerCase(),
    `${name}-`,
    `-${name}`,
    `${name} `,
    ` ${name}`,
    `${name}\t`,
    `${name}\0`,
  ]
}

const hostile = [
  ...framingNames.flatMap(name => spellings(name).map(spelled => `${spelled}: 3`)),
  ...reservedNames.flatMap(name => spellings(name).map(spelled => `${spelled}: evil`)),
  ...lengths.map(length => `Content-Length: ${length}`),
  ...codings.map(coding => `Transfer-Encoding: ${coding}`),
  ...named.flatMap(name => [`Connection: ${name}`, `Connection: close, ${name}`, `Connection: ,${name},`]),
  ...[
    'Host: b.example',
    'Authorization: Bearer d',
    'Expect: 200-ok',
    'X: \x85',
    'X: a\0b',
    'X: a\x7fb',
    ': x',
    'X',
    'X : y',
  ],
  ...[
    'Cookie: a\0',
    'Cookie: \x01',
    'X-Tenant-ID: a, b',
    'X-Tenant-ID: ../a',
    'X-Access-Version: 1e3',
    'X-Access-Version: 0',
  ],
  ...[
    'X-Forwarded-For: evil',
    'X-Forwarded-For: ::ffff:192.0.2.1',
    'X-Forwarded-For: ,',
    'X-Forwarded-Proto: ftp',
    'Forwarded: for=a',
  ],
  ...[
    'traceparent: 00-0-0-0',
    `traceparent: ${'f'.repeat(300)}`,
    'Upgrade: websocket',
    'Upgrade: h2c',
    'HTTP2-Settings: a',
  ],
  ...[
    'X-HTTP-Method-Override: DELETE',
    'Trailer: Host',
    'Proxy-Connection: close',
    'Keep-Alive: 5',
    'X-Request-ID: a b',
  ],
]

const seeds = [
  'GET / HTTP/1.1\r\nHost: a.example\r\n\r\n',
  'POST /a?b=c HTTP/1.1\r\nHost: a.example\r\nContent-Length: 3\r\nContent-Type: text/plain\r\n\r\nabc',
  'POST /a HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
  'GET /a HTTP/1.1\r\nHost: a.example\r\nAuthorization: Bearer a.b.c\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nX-QLP-A: b\r\n\r\n',
  'GET / HTTP/1.0\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: [::1]:8080\r\nX-Forwarded-For: 192.0.2.1, ::ffff:198.51.100.2\r\nX-Forwarded-Host: b\r\n\r\n',
]

const words = [...honest, ...hostile, '\r\n', '\r\n\r\n', ': ', 'HTTP/1.1', ...methods, ...targets]
