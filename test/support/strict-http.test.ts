import t from 'tap'
import { readStrictly, valuesOf } from './strict-http.ts'

const get = 'GET /a?b HTTP/1.1\r\nHost: a.example:80\r\nX-A: 1 2\r\nX-Empty: \r\n\r\n'
const head = (fields: string) => `POST /a HTTP/1.1\r\nHost: a\r\n${fields}\r\n`
const chunked = (body: string) => `${head('Transfer-Encoding: chunked\r\n')}${body}`

t.test('finds every request, with its body and where it begins and ends', async t => {
  const sized = `${head('Content-Length: 4\r\n')}G\r\n\0`
  const pieces = chunked('3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n')
  const { requests, violation } = readStrictly(get + sized + pieces + get)
  t.equal(violation, null)
  t.match(requests, [
    { method: 'GET', target: '/a?b', framing: 'none', body: '', from: 0, to: get.length },
    { method: 'POST', framing: 'length', body: 'G\r\n\0' },
    { framing: 'chunked', body: 'abc0123456789' },
    { framing: 'none', to: get.length * 2 + sized.length + pieces.length },
  ])
  t.same(valuesOf(requests[0]!, 'x-a'), ['1 2'])
})

const violations: readonly (readonly [bytes: string, rule: string])[] = [
  ['GET  /a HTTP/1.1\r\n', 'request line'],
  ['GET /a  HTTP/1.1\r\n', 'request line'],
  ['GET /a HTTP/1.1 \r\n', 'request line'],
  ['GET /a HTTP/1.0\r\n', 'request line'],
  ['GET /a\r\n', 'request line'],
  ['GET http://a/ HTTP/1.1\r\n', 'request line'],
  ['GET * HTTP/1.1\r\n', 'request line'],
  ['GET /a#b HTTP/1.1\r\n', 'request line'],
  ['GET /\xe9 HTTP/1.1\r\n', 'request line'],
  ['\r\nGET /a HTTP/1.1\r\n', 'request line'],
  ['GET /a HTTP/1.1\nHost: a\n\n', 'bare LF'],
  ['GET /a HTTP/1.1\rHost', 'bare CR'],
  [head('X: a\rb\r\n'), 'bare CR'],
  [head('X: a\0b\r\n'), 'control character'],
  [head('X: a\x7fb\r\n'), 'control character'],
  [head('X: 1\r\n 2\r\n'), 'folded field'],
  [head('X : 1\r\n'), 'field line'],
  [head('X:1\r\n'), 'field line'],
  [head('X:  1\r\n'), 'field line'],
  [head('X: 1 \r\n'), 'field line'],
  [head('X\r\n'), 'field line'],
  [head(': 1\r\n'), 'field line'],
  [head('X: \xa0\r\n'), 'foreign byte'],
  [head('Host: b\r\n'), 'one Host'],
  ['GET /a HTTP/1.1\r\n\r\n', 'one Host'],
  ['GET /a HTTP/1.1\r\nHost: a/b\r\n\r\n', 'one Host'],
  [head('Content-Length: 0\r\nContent-Length: 0\r\n'), 'one framing'],
  [head('Content-Length: 0\r\nTransfer-Encoding: chunked\r\n'), 'one framing'],
  [head('Transfer-Encoding: Chunked\r\n'), 'transfer coding'],
  [head('Content_Length: 0\r\n'), 'imitated field'],
  [head('Content-Length: 01\r\n'), 'content length'],
  [head('Content-Length: +1\r\n'), 'content length'],
  [chunked('0x1\r\na\r\n'), 'chunk size'],
  [chunked('01\r\na\r\n'), 'chunk size'],
  [chunked('1;x\r\na\r\n'), 'chunk size'],
  [chunked('\r\n'), 'chunk size'],
  [chunked('1\r\nab\r\n'), 'chunk end'],
  [chunked('1\na\r\n'), 'bare LF'],
  [chunked('0\r\nX: 1\r\n\r\n'), 'trailer'],
  [head('Connection: x, Close\r\n') + get, 'after the close'],
  [`${get}x`, 'cut in the head'],
  ['GET /a HTTP/1.1\r\nHost: a\r', 'cut in the head'],
  [`${head('Content-Length: 4\r\n')}abc`, 'cut in the body'],
  [chunked('4\r\nabc'), 'cut in the body'],
  [chunked('0\r\n'), 'cut in the body'],
]

t.test('names what could be read in another way', async t => {
  for (const [bytes, rule] of violations)
    t.equal(readStrictly(bytes).violation?.rule, rule, JSON.stringify(bytes))
})

t.test('says at which byte, and keeps the requests before it', async t => {
  const read = readStrictly(`${get}GET /a HTTP/1.1\r\nHost: a\r\nX\r\n\r\n`)
  t.equal(read.requests.length, 1)
  t.same(read.violation, { rule: 'field line', at: get.length + 26 })
})
