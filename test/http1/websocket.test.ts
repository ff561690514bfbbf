import t from 'tap'
import { refusedWebSocket } from '../../src/http1/websocket.ts'

const key = 'dGhlIHNhbXBsZSBub25jZQ=='
const asked = (version: string | null, ofKey: string | null, more = {}) => {
  const headers = version === null ? [] : ['sec-websocket-version', version]
  if (ofKey !== null) headers.push('Sec-WebSocket-Key', ofKey)
  return refusedWebSocket({ method: 'GET', httpVersion: '1.1', headers, contentLength: null, ...more })
}

t.test('takes a request for WebSocket as RFC 6455 §4.2.1 has it', async t => {
  t.equal(asked('13', key), null)
  t.equal(asked('13', key, { contentLength: 0 }), null)
})

t.test('names the rule that another one breaks', async t => {
  t.match(asked('13', key, { method: 'POST' }), { rule: 'upgrade-request-line', refused: 'UPGRADE_REFUSED' })
  t.match(asked('13', key, { httpVersion: '1.0' }), { rule: 'upgrade-request-line' })
  t.match(asked('13', key, { contentLength: 1 }), { rule: 'upgrade-with-body' })
  t.match(asked('13', key, { headers: ['Transfer-Encoding', 'chunked'] }), { rule: 'upgrade-with-body' })
  for (const version of [null, '', '8', '12', '14', '13, 8', '013', ' 13'])
    t.match(asked(version, key), { rule: 'websocket-version', refused: 'UPGRADE_REQUIRED' }, `${version}`)
  for (const odd of [
    null,
    '',
    'short',
    `${key}=`,
    key.slice(0, -1),
    `${key.slice(0, -3)} ==`,
    `${key}, ${key}`,
  ])
    t.match(asked('13', odd), { rule: 'websocket-key', refused: 'UPGRADE_REFUSED' }, `${odd}`)
})
