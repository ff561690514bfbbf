import t from 'tap'
import { flawOfWebSocketAnswer } from '../../src/upstream/websocket-answer.ts'

/** The example of RFC 6455 §1.3. */
const key = ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ==']
const accept = ['Sec-WebSocket-Accept', 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=']
const offers = ['Sec-WebSocket-Protocol', 'a, b', 'sec-websocket-extensions', 'permessage-deflate; x=1, foo']

t.test(
  'takes an answer that proves the request was understood, and chooses among what was offered',
  async t => {
    t.equal(flawOfWebSocketAnswer(key, accept), null)
    t.equal(flawOfWebSocketAnswer([...key, ...offers], [...accept, 'sec-websocket-protocol', 'b']), null)
    const chosen = ['Sec-WebSocket-Extensions', 'Permessage-Deflate; client_max_window_bits=15']
    t.equal(flawOfWebSocketAnswer([...key, ...offers], [...accept, ...chosen]), null)
  },
)

t.test('names what is wrong with any other', async t => {
  t.equal(flawOfWebSocketAnswer(key, []), 'WRONG_ACCEPT')
  t.equal(flawOfWebSocketAnswer(key, [...accept, ...accept]), 'WRONG_ACCEPT')
  t.equal(
    flawOfWebSocketAnswer(key, ['Sec-WebSocket-Accept', 's3pPLMBiTxaQ9kYGzzhZRbK+xOO=']),
    'WRONG_ACCEPT',
  )
  const flawOf = (...more: string[]) => flawOfWebSocketAnswer([...key, ...offers], [...accept, ...more])
  t.equal(flawOf('Sec-WebSocket-Protocol', 'c'), 'SUBPROTOCOL_NOT_OFFERED')
  t.equal(flawOf('Sec-WebSocket-Protocol', 'a, b'), 'SUBPROTOCOL_NOT_OFFERED')
  t.equal(flawOf('Sec-WebSocket-Protocol', 'a', 'Sec-WebSocket-Protocol', 'a'), 'SUBPROTOCOL_NOT_OFFERED')
  t.equal(flawOf('Sec-WebSocket-Extensions', 'constructor'), 'EXTENSION_NOT_OFFERED')
  t.equal(flawOf('Sec-WebSocket-Extensions', 'foo, bar'), 'EXTENSION_NOT_OFFERED')
})
