/** `waits`: nothing is answered until the rest has come. Else the classes of the status that is answered. */
export type Behaviour = {
  readonly name: string
  readonly bytes: string
  readonly expected: 'waits' | readonly string[]
  readonly body?: string
}

const line = 'GET /notes HTTP/1.1\r\n'
const host = 'Host: shop.example\r\n'
const token = 'Authorization: Bearer {token}\r\n'

/** Cut off here, the request that is completed by `restOf` must be waited for. */
const whole = `${line}${host}${token}\r\n`

const cuts: readonly (readonly [name: string, bytes: string])[] = [
  ['within the method', 'G'],
  ['after the method', 'GET '],
  ['within the target', 'GET /notes'],
  ['after the target', 'GET /notes '],
  ['within the version', 'GET /notes HTTP'],
  ['after the version', 'GET /notes HTTP/1.1'],
  ['within the CRLF of the line', 'GET /notes HTTP/1.1\r'],
  ['after the line', line],
  ['within a name', `${line}Hos`],
  ['after a colon', `${line}Host:`],
  ['after a colon and a blank', `${line}Host: `],
  ['after a value', `${line}Host: shop.example`],
  ['within the CRLF of a field', `${line}Host: shop.example\r`],
  ['after the fields', `${line}${host}${token}`],
  ['within the last CRLF', `${line}${host}${token}\r`],
]

export function restOf(bytes: string): string {
  return whole.slice(bytes.length)
}

const get = (fields: string, first = line) => `${first}${fields}${token}\r\n`
const post = (fields: string, body: string) => `POST /notes HTTP/1.1\r\n${host}${token}${fields}\r\n${body}`
const bad = ['4']

/** The behaviours that github.com/uNetworking/h1spec asks of a server, in requests of our own, with a token in each. */
export const behaviours: readonly Behaviour[] = [
  ...cuts.map(([name, bytes]) => ({ name: `waits ${name}`, bytes, expected: 'waits' as const })),
  { name: 'a line without a version', bytes: get(host, 'GET /notes \r\n'), expected: ['4', '5'] },
  {
    name: 'an expectation without a body',
    bytes: get(`${host}Expect: 100-continue\r\n`),
    expected: ['1', '2'],
  },
  { name: 'a GET', bytes: get(host), expected: ['2'] },
  {
    name: 'a GET with odd but good fields',
    bytes: get('hoSt:\tshop.example\r\nempty:\r\n'),
    expected: ['2'],
  },
  { name: 'brackets in a name', bytes: get(`${host}X-Invalid[]: 1\r\n`), expected: bad },
  { name: 'no Host', bytes: get('Content-Length: 5\r\n'), expected: bad },
  { name: 'two Hosts', bytes: get(`${host}Host: other.example\r\n`), expected: bad },
  {
    name: 'a length far below zero',
    bytes: get(`${host}Content-Length: -123456789123456789123456789\r\n`),
    expected: bad,
  },
  { name: 'a length below zero', bytes: get(`${host}Content-Length: -1234\r\n`), expected: bad },
  { name: 'a length that is no number', bytes: get(`${host}Content-Length: abc\r\n`), expected: bad },
  { name: 'an empty value', bytes: get(`${host}X-Empty: \r\n`), expected: ['2'] },
  { name: 'a control character in a value', bytes: get(`${host}X-Control: a\x07\r\n`), expected: bad },
  { name: 'HTTP/9.9', bytes: get(host, 'GET /notes HTTP/9.9\r\n'), expected: ['4', '5'] },
  { name: 'words before the method', bytes: get(host, `Extra line${line}`), expected: ['4', '5'] },
  { name: 'a carriage return before a name', bytes: get(`${host}\rX-A: 1\r\n`), expected: bad },
  {
    name: 'a POST with a length',
    bytes: post('Content-Length: 5\r\n', 'hello'),
    expected: ['2'],
    body: 'hello',
  },
  {
    name: 'a POST in chunks',
    bytes: post('Transfer-Encoding: chunked\r\n', 'c\r\nHellO world1\r\n0\r\n\r\n'),
    expected: ['2'],
    body: 'HellO world1',
  },
  {
    name: 'a POST with both',
    bytes: post('content-LengtH: 5\r\nTransFer-Encoding: chunked\r\n', 'c\r\nHellO world1\r\n0\r\n\r\n'),
    expected: bad,
  },
]
