import t from 'tap'
import { Fault } from '../../src/lib/fault.ts'
import { isClosed, isMisuse, upstreamFault } from '../../src/upstream/upstream-fault.ts'

t.test('what happened before a connection was had is UNREACHABLE, after it BROKEN or SLOW', async t => {
  for (const [code, written, expected] of [
    ['ECONNREFUSED', false, 'UPSTREAM_UNREACHABLE'],
    ['UND_ERR_CONNECT_TIMEOUT', false, 'UPSTREAM_UNREACHABLE'],
    ['ECONNRESET', true, 'UPSTREAM_BROKEN'],
    ['HPE_INVALID_CONSTANT', true, 'UPSTREAM_BROKEN'],
    ['UND_ERR_HEADERS_TIMEOUT', true, 'UPSTREAM_SLOW'],
    ['UND_ERR_BODY_TIMEOUT', true, 'UPSTREAM_SLOW'],
    ['UND_ERR_INVALID_ARG', false, 'INTERNAL'],
    ['UND_ERR_NOT_SUPPORTED', false, 'INTERNAL'],
  ] as const) {
    t.match(upstreamFault(coded(code), written), { code: expected, details: { reason: code } })
  }
  t.match(upstreamFault('odd', true), { code: 'UPSTREAM_BROKEN', details: { reason: 'unknown' } })
})

t.test('a fault stays what it is, and no other error is kept', async t => {
  const fault = new Fault('UPSTREAM_SLOW', 'x')
  t.equal(upstreamFault(fault, true), fault)
  t.equal(upstreamFault(coded('ECONNRESET'), true).cause, undefined)
})

t.test('closing is told from speaking wrongly, and both from misuse', async t => {
  t.ok(isClosed(coded('UND_ERR_SOCKET')) && isClosed(coded('ECONNRESET')) && isClosed(coded('EPIPE')))
  t.notOk(isClosed(coded('UND_ERR_HEADERS_TIMEOUT')) || isClosed(coded('HPE_INVALID_CONSTANT')))
  t.ok(isMisuse(coded('UND_ERR_INVALID_ARG')))
  t.notOk(isMisuse(coded('ECONNRESET')) || isMisuse(null))
})

function coded(code: string): Error {
  return Object.assign(new Error('x'), { code })
}
