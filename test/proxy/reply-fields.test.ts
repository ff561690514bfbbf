import t from 'tap'
import { answerFields, trailerFields } from '../../src/proxy/reply-fields.ts'

t.test('lets a head through as it is when nothing frames this connection', async t => {
  const fields = [
    'Content-Type',
    'a/b',
    'Content-Length',
    '1',
    'Set-Cookie',
    'a',
    'Set-Cookie',
    'b',
    'X-Custom1',
    '1',
  ]
  t.equal(answerFields(fields, 200), fields)
})

t.test('drops what only the transport may say', async t => {
  const framing = [
    'Connection',
    'x',
    'keep-alive',
    'x',
    'TE',
    'x',
    'Trailer',
    'x',
    'Upgrade',
    'h2c',
    'PROXY-CONNECTION',
    'x',
    'transfer-encoding',
    'gzip',
  ]
  t.same(answerFields([...framing, 'A', 'b'], 200), ['A', 'b'])
})

t.test('keeps Upgrade in 426 only, and no length where there is no body', async t => {
  t.same(answerFields(['Upgrade', 'websocket'], 426), ['Upgrade', 'websocket'])
  t.same(answerFields(['Content-Length', '0'], 204), [])
  t.same(answerFields(['Content-Length', '9'], 304), ['Content-Length', '9'])
  t.same(answerFields(['Link', '</a>', 'Content-Length', '9'], 103), ['Link', '</a>'])
})

t.test('passes trailers on, without those that frame, route or authenticate', async t => {
  t.same(
    trailerFields([
      'X-Sum',
      '1',
      'Content-Length',
      '5',
      'SET-COOKIE',
      'a',
      'Access-Control-Allow-Origin',
      '*',
      'Clear-Site-Data',
      '"*"',
      'Expires',
      '0',
      'Transfer-Encoding',
      'x',
      'X-Sum',
      '2',
    ]),
    [
      ['X-Sum', '1'],
      ['X-Sum', '2'],
    ],
  )
})
