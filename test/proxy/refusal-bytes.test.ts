import t from 'tap'
import { refusalBytes, refusalOfParserError } from '../../src/proxy/refusal-bytes.ts'

t.test('writes a whole answer that closes its connection', async t => {
  const bytes = refusalBytes('REQUEST_TIMEOUT', 'id-1')
  const [head, body] = bytes.split('\r\n\r\n')
  t.match(head, /^HTTP\/1\.1 408 Request Timeout\r\n/)
  t.match(head, /\r\nConnection: close$/)
  t.match(head, `Content-Length: ${Buffer.byteLength(body!)}\r\n`)
  t.match(JSON.parse(body!), { status: 408, code: 'REQUEST_TIMEOUT', request_id: 'id-1' })
})

t.test('knows a refusal from a broken connection', async t => {
  const error = (code?: string, reason?: string) =>
    Object.assign(new Error('x'), code && { code }, reason && { reason })
  const rules: readonly (readonly [
    code: string,
    reason: string | undefined,
    rule: string,
    refused: string,
  ])[] = [
    ['HPE_HEADER_OVERFLOW', undefined, 'headers-size', 'HEADERS_TOO_LARGE'],
    ['HPE_CHUNK_EXTENSIONS_OVERFLOW', undefined, 'http-extensions-size', 'REQUEST_MALFORMED'],
    ['HPE_INVALID_VERSION', 'Invalid HTTP version', 'http-version', 'HTTP_VERSION_REFUSED'],
    ['HPE_INVALID_VERSION', 'Expected CRLF after version', 'http-parser', 'REQUEST_MALFORMED'],
    ['HPE_ANYTHING', undefined, 'http-parser', 'REQUEST_MALFORMED'],
    ['ERR_HTTP_REQUEST_TIMEOUT', undefined, 'http-head-time', 'REQUEST_TIMEOUT'],
  ]
  for (const [code, reason, rule, refused] of rules)
    t.match(refusalOfParserError(error(code, reason)), { rule, refused, offending: null }, code)
  t.equal(refusalOfParserError(error('ECONNRESET')), null)
  t.equal(refusalOfParserError(error()), null)
})

t.test('shows only the byte that the parser stopped at', async t => {
  const rawPacket = Buffer.from('GET / HTTP/1.1\r\nAuthorization: Bearer \x0bsecret\r\n\r\n', 'latin1')
  const error = Object.assign(new Error('x'), {
    code: 'HPE_INVALID_HEADER_TOKEN',
    rawPacket,
    bytesParsed: 38,
  })
  t.match(refusalOfParserError(error), { rule: 'http-parser', offending: '\\x0b' })
})
