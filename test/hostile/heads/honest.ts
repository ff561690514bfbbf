import type { Forwarded } from './case.ts'
import { chunked, forwarded, get, post, request, shown } from './case.ts'

export type HonestCase = {
  readonly name: string
  readonly bytes: string
  readonly expected: Forwarded
  readonly last?: true
}

const targets: readonly string[] = [
  '/notes',
  '/notes?',
  '/notes?a',
  '/notes?a=b',
  '/notes?a=b&c=d',
  '/notes?a=b;c=d',
  '/notes?a=1&a=2',
  '/notes?a[]=1&a[]=2',
  '/notes?q=%20+%2B',
  '/notes?q=%E9',
  '/notes?q="x"|y',
  '/notes?url=http://a/b?c',
  '/notes?a=/../b',
  '/notes?%',
  '/notes/1',
  '/notes/%C3%BC',
  '/notes/a%20b',
  '/notes/%E2%82%AC',
  '/notes/a.b',
  '/notes/.well-known',
  '/notes/a..b',
  '/notes/~user',
  '/notes/a-b_c',
  '/notes/a:b',
  '/notes/a@b',
  "/notes/!$&'()*+,=",
  '/notes/%41',
  '/notes/a%3Ab',
  '/notes/0190a000-0000-7000-8000-00000000000a',
].filter(target => target !== '/notes?%')

const fields: readonly (readonly [name: string, fields: string])[] = [
  [
    'a browser',
    'User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\nAccept: text/html,*/*;q=0.8\r\nAccept-Language: de,en-US;q=0.7\r\nAccept-Encoding: gzip, deflate, br\r\nSec-Fetch-Mode: cors\r\nDNT: 1\r\n',
  ],
  ['curl', 'User-Agent: curl/8.9.1\r\nAccept: */*\r\n'],
  [
    'fetch of node',
    'accept: */*\r\naccept-language: *\r\nsec-fetch-mode: cors\r\nuser-agent: node\r\naccept-encoding: gzip, deflate\r\nconnection: keep-alive\r\n',
  ],
  [
    'requests of Python',
    'User-Agent: python-requests/2.32.0\r\nAccept-Encoding: gzip, deflate\r\nAccept: */*\r\nConnection: keep-alive\r\n',
  ],
  ['net/http of Go', 'User-Agent: Go-http-client/1.1\r\nAccept-Encoding: gzip\r\n'],
  ['no blank behind a colon', 'Accept:*/*\r\nX-A:1\r\n'],
  ['tabs and blanks around a value', 'X-A: \t 1 \t\r\n'],
  ['tabs in a value', 'X-A: 1\t2\r\n'],
  ['an empty value', 'X-A:\r\nX-B: \r\n'],
  ['names in capitals', 'ACCEPT: */*\r\nX-A: 1\r\n'],
  ['a field that repeats', 'Accept: a/b\r\nAccept: c/d\r\n'],
  ['many cookies', 'Cookie: a=b; c=d; e="f"\r\n'],
  ['two Cookie fields', 'Cookie: a=b\r\nCookie: c=d\r\n'],
  ['a cookie in UTF-8', 'Cookie: name=\xc3\xbc\r\n'],
  ['conditions', 'If-None-Match: "a", W/"b"\r\nIf-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n'],
  ['a range', 'Range: bytes=0-499\r\n'],
  ['a referer with a query', 'Referer: https://a.example/b?c=d&e=%20\r\n'],
  ['an origin', 'Origin: https://a.example\r\n'],
  ['a date with commas', 'Date: Tue, 15 Nov 1994 08:12:31 GMT\r\n'],
  ['X-Forwarded-For of a proxy', 'X-Forwarded-For: 203.0.113.7, 10.0.0.1\r\nX-Forwarded-Proto: https\r\n'],
  ['Forwarded of a proxy', 'Forwarded: for="[2001:db8::1]";proto=https\r\n'],
  ['Via', 'Via: 1.1 proxy.example\r\n'],
  ['Connection: keep-alive', 'Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n'],
  ['Connection names a field of its own', 'Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\n'],
  ['TE: trailers', 'TE: trailers\r\nConnection: TE\r\n'],
  ['a trace', 'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\ntracestate: a=1\r\n'],
  ['a request id', 'X-Request-ID: 0190a000-0000-7000-8000-00000000000a\r\n'],
  ['odd names', "X!#$%&'*+.^`|~9: 1\r\n__proto__: 1\r\nconstructor: 1\r\n"],
  ['an underscore in a name', 'my_field: 1\r\n'],
  [
    'a value with every visible character',
    `X-A: ${Array.from({ length: 94 }, (_, n) => String.fromCharCode(33 + n)).join('')}\r\n`,
  ],
  ['a JSON value', 'X-A: {"a":[1,2],"b":"c"}\r\n'],
  ['ninety fields', Array.from({ length: 90 }, (_, n) => `x-${n}: ${n}\r\n`).join('')],
  ['a value of 8 KB', `X-A: ${'a'.repeat(8192)}\r\n`],
  ['its own tenant', 'X-Tenant-ID: acme\r\n'],
  ['Expect without a body', 'Expect: 100-continue\r\n'],
  ['Cache-Control and Pragma', 'Cache-Control: no-cache\r\nPragma: no-cache\r\n'],
  ['Upgrade-Insecure-Requests', 'Upgrade-Insecure-Requests: 1\r\n'],
  ['a length of 0', 'Content-Length: 0\r\n'],
]

const texts: readonly string[] = [
  '',
  'x',
  'hello',
  'a'.repeat(1000),
  '\r\n',
  '\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
  '0\r\n\r\n',
  '\0\x01\x7f\xff',
  '{"a":1}',
  'a=b&c=d',
  'HTTP/1.1 200 OK\r\n\r\n',
]

const sized = (text: string) => `Content-Length: ${text.length}\r\n`
const one = (text: string) => (text === '' ? '' : `${text.length.toString(16)}\r\n${text}\r\n`)
const each = (text: string) => [...text].map(one).join('')

/** What real clients send, in all its forms: it goes on, and arrives as it was meant. */
export const honestCases: readonly HonestCase[] = [
  ...targets.map(target => ({
    name: `GET ${target}`,
    bytes: get('', `GET ${target} HTTP/1.1`),
    expected: forwarded('GET', '', target),
  })),
  ...fields.map(([name, text]) => ({ name, bytes: get(text), expected: forwarded('GET') })),
  ...['POST', 'PUT', 'PATCH', 'DELETE'].map(method => ({
    name: `${method} with a body`,
    bytes: request(
      `${method} /notes HTTP/1.1`,
      'Content-Type: application/json\r\nContent-Length: 2\r\n',
      '{}',
    ),
    expected: forwarded(method, '{}'),
  })),
  ...['HEAD', 'OPTIONS', 'DELETE', 'POST'].map(method => ({
    name: `${method} without a body`,
    bytes: request(`${method} /notes HTTP/1.1`, ''),
    expected: forwarded(method),
  })),
  ...texts.map(text => ({
    name: `a body ${shown(text).slice(0, 30)}`,
    bytes: post(sized(text), text),
    expected: forwarded('POST', text),
  })),
  ...texts.map(text => ({
    name: `a chunk ${shown(text).slice(0, 30)}`,
    bytes: chunked(`${one(text)}0\r\n\r\n`),
    expected: forwarded('POST', text),
  })),
  ...texts.slice(2, 3).map(text => ({
    name: `a chunk for each byte of ${shown(text)}`,
    bytes: chunked(`${each(text)}0\r\n\r\n`),
    expected: forwarded('POST', text),
  })),
  {
    name: 'a body that is waited for',
    bytes: post('Expect: 100-continue\r\nContent-Length: 5\r\n', 'hello'),
    expected: forwarded('POST', 'hello'),
  },
  {
    name: 'trailers',
    bytes: chunked('5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n', 'Trailer: X-Sum\r\n'),
    expected: forwarded('POST', 'hello'),
  },
  { name: 'one empty line before the request', bytes: `\r\n${get('')}`, expected: forwarded('GET') },
  { name: 'HTTP/1.0', bytes: get('', 'GET /notes HTTP/1.0'), expected: forwarded('GET'), last: true },
  {
    name: 'HTTP/1.0 without Host',
    bytes: 'GET /notes HTTP/1.0\r\nAuthorization: Bearer {token}\r\n\r\n',
    expected: forwarded('GET'),
    last: true,
  },
  {
    name: 'HTTP/1.0 with a body',
    bytes: request('POST /notes HTTP/1.0', 'Content-Length: 5\r\n', 'hello'),
    expected: forwarded('POST', 'hello'),
    last: true,
  },
  { name: 'Connection: close', bytes: get('Connection: close\r\n'), expected: forwarded('GET'), last: true },
  {
    name: 'Connection: close before a tab',
    bytes: get('Connection: close\t\r\n'),
    expected: forwarded('GET'),
    last: true,
  },
]
