import type { Test } from 'tap'
import t from 'tap'
import type { Exchange, Reply } from '../../src/proxy/exchange.ts'
import { startFront } from '../support/front.ts'

/** What a client reads when `write` answers it; the connection closes after the answer unless the request keeps it. */
async function answered(
  t: Test,
  write: (reply: Reply, exchange: Exchange) => void | Promise<void>,
  head?: string,
) {
  const front = await startFront(t, { forward: async exchange => write(exchange.reply, exchange) })
  const client = await front.connect()
  client.send(head ?? 'GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  const received = await client.closed()
  return received.replace(/^Date: .*\r\n/m, '')
}

const text = (value: string) => Buffer.from(value)

t.test('frames a body of a known length by that, and any other in chunks', async t => {
  const known = await answered(t, reply => {
    reply.begin(200, ['Content-Length', '5', 'X-A', '1', 'X-A', '2'])
    reply.write(text('hello'))
    reply.end([])
  })
  t.equal(known, 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: 1\r\nX-A: 2\r\nConnection: close\r\n\r\nhello')
  const unknown = await answered(t, reply => {
    reply.begin(201, [])
    reply.write(text('he'))
    reply.write(text(''))
    reply.write(text('llo'))
    reply.end([])
  })
  t.equal(
    unknown,
    'HTTP/1.1 201 Created\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n',
  )
})

t.test('sends a head before its body is there', async t => {
  const front = await startFront(t, {
    forward: async ({ reply, client }) => {
      reply.begin(200, ['Content-Type', 'text/event-stream'])
      await new Promise<void>(resolve => client.onGone(resolve))
    },
  })
  const client = await front.connect()
  client.send('GET /a HTTP/1.1\r\nHost: a\r\n\r\n')
  t.match(await client.until(/\r\n\r\n$/), /text\/event-stream/)
})

t.test('passes trailers on after chunks, and drops them elsewhere', async t => {
  const trailed = await answered(t, reply => {
    reply.begin(200, [])
    reply.write(text('a'))
    reply.end(['X-Sum', '1', 'Content-Length', '9'])
  })
  t.match(trailed, /\r\n1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n$/)
  const known = await answered(t, reply => {
    reply.begin(200, ['Content-Length', '1'])
    reply.write(text('a'))
    reply.end(['X-Sum', '1'])
  })
  t.match(known, /\r\n\r\na$/)
  const wrong = await answered(t, reply => {
    reply.begin(200, [])
    reply.write(text('a'))
    reply.end(['X-Sum', 'a\r\nX: y'])
  })
  t.match(wrong, /\r\n1\r\na\r\n0\r\n\r\n$/, 'a trailer that would split the answer is left out')
})

t.test('writes no body where there can be none', async t => {
  for (const status of [204, 304]) {
    const received = await answered(t, reply => {
      reply.begin(status, ['Content-Type', 'a/b'])
      reply.write(text('never'))
      reply.end([])
    })
    t.match(received, /\r\n\r\n$/)
    t.notMatch(received, /never|chunked/)
  }
  const head = await answered(
    t,
    reply => {
      reply.begin(200, ['Content-Length', '5'])
      reply.write(text('hello'))
      reply.end([])
    },
    'HEAD /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
  )
  t.match(head, /Content-Length: 5\r\nConnection: close\r\n\r\n$/)
})

t.test('passes interim answers on, and sends none to HTTP/1.0', async t => {
  const write = (reply: Reply) => {
    reply.inform(103, ['Link', '</a>', 'Link', '</b>', 'Connection', 'x'])
    reply.inform(103, ['Link', 'a\r\nX: y'])
    reply.inform(100, [])
    reply.inform(101, [])
    reply.begin(200, ['Content-Length', '0'])
    reply.end([])
    reply.inform(103, [])
  }
  t.match(
    await answered(t, write),
    /^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a>\r\nLink: <\/b>\r\n\r\nHTTP\/1\.1 200 OK/,
  )
  t.match(await answered(t, write, 'GET /a HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 200 OK/)
})

t.test(
  'splits no answer: a field that cannot be written is a fault, and another answer can be given',
  async t => {
    const received = await answered(t, reply => {
      for (const fields of [
        ['X-A', 'a\r\nX-B: b'],
        ['X A', 'a'],
        ['', 'a'],
        ['X-A', '\u0100'],
      ])
        t.throws(() => reply.begin(200, fields), { code: 'INTERNAL' })
      for (const status of [100, 199, 600, Number.NaN])
        t.throws(() => reply.begin(status, []), { code: 'INTERNAL' })
      t.equal(reply.begun, false)
      reply.begin(502, ['Content-Length', '0'])
      t.equal(reply.begun, true)
      t.throws(() => reply.begin(200, []), { code: 'INTERNAL' })
      reply.end([])
      reply.end([])
    })
    t.match(received, /^HTTP\/1\.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n$/)
  },
)

t.test('closes the connection when told to', async t => {
  const received = await answered(
    t,
    reply => {
      reply.closeAfter()
      reply.begin(200, ['Content-Length', '0'])
      reply.end([])
    },
    'GET /a HTTP/1.1\r\nHost: a\r\n\r\n',
  )
  t.match(received, /\r\nConnection: close\r\n/)
})

t.test('never lets half an answer pass for a whole one', async t => {
  const cut = (reply: Reply) => {
    reply.begin(200, [])
    reply.write(text('half'))
    return new Promise<void>(resolve =>
      setImmediate(() => {
        reply.abort()
        reply.write(text('more'))
        reply.end([])
        resolve()
      }),
    )
  }
  t.match(await answered(t, cut), /\r\n4\r\nhalf\r\n$/, 'no last chunk')
  const front = await startFront(t, { forward: async exchange => cut(exchange.reply) })
  const client = await front.connect()
  client.send('GET /a HTTP/1.0\r\n\r\n')
  await client.closed()
  t.equal(client.wasReset(), true, 'a body that ends with the connection is reset')
})

t.test('asks the writer to wait, and tells it when to go on', async t => {
  const front = await startFront(t, {
    forward: async ({ reply }) => {
      reply.begin(200, [])
      const chunk = Buffer.alloc(65_536, 'x')
      let waits = 0
      for (let round = 0; round < 100; round += 1) {
        if (reply.write(chunk)) continue
        waits += 1
        await new Promise<void>(resolve => reply.onDrain(resolve))
      }
      t.ok(waits > 0)
      reply.end([])
    },
  })
  const client = await front.connect()
  client.send('GET /a HTTP/1.1\r\nHost: a\r\n\r\n')
  const received = await client.until(/\r\n0\r\n\r\n$/)
  t.ok(received.length > 6_553_600)
})
