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
  t.equal(refusalOfParserError(error('HPE_HEADER_OVERFLOW')), 'HEADERS_TOO_LARGE')
  t.equal(refusalOfParserError(error('HPE_INVALID_VERSION', 'Invalid HTTP version')), 'HTTP_VERSION_REFUSED')
  t.equal(
    refusalOfParserError(error('HPE_INVALID_VERSION', 'Expected CRLF after version')),
    'REQUEST_MALFORMED',
  )
  t.equal(refusalOfParserError(error('HPE_ANYTHING')), 'REQUEST_MALFORMED')
  t.equal(refusalOfParserError(error('ERR_HTTP_REQUEST_TIMEOUT')), 'REQUEST_TIMEOUT')
  t.equal(refusalOfParserError(error('ECONNRESET')), null)
  t.equal(refusalOfParserError(error()), null)
})
