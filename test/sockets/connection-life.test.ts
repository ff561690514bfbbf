import t from 'tap'
import type { Exchange } from '../../src/proxy/exchange.ts'
import { startFront, statuses } from '../support/front.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { routeRule } from '../support/route-rule.ts'
import { until } from '../support/until.ts'

const get = 'GET /a HTTP/1.1\r\nHost: a\r\n\r\n'

/** A forward that waits until the test looks at its exchange. */
function parked() {
  const arrived = Promise.withResolvers<Exchange>()
  const over = Promise.withResolvers<void>()
  return {
    forward: (exchange: Exchange) => {
      arrived.resolve(exchange)
      return over.promise
    },
    exchange: arrived.promise,
    finish: over.resolve,
  }
}

function end(exchange: Exchange, status = 200) {
  exchange.reply.begin(status, ['Content-Length', '2'])
  exchange.reply.write(Buffer.from('ok'))
  exchange.reply.end([])
}

t.test('tells once that the client hung up, by reset, by end and in the middle of a body', async t => {
  for (const [how, bytes] of [
    ['hangUp', get],
    ['finish', get],
    ['hangUp', 'POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf'],
  ] as const) {
    const park = parked()
    const front = await startFront(t, park)
    const client = await front.connect()
    client.send(bytes)
    const exchange = await park.exchange
    let times = 0
    const gone = new Promise<void>(resolve =>
      exchange.client.onGone(() => {
        times += 1
        resolve()
      }),
    )
    client[how]()
    await gone
    park.finish()
    await front.server.close()
    t.equal(times, 1)
    t.equal(exchange.client.gone, true)
    exchange.client.onGone(() => {
      times += 1
    })
    t.equal(times, 2, 'a listener that comes late is told at once')
  }
})

t.test('does not call a client gone that got its whole answer', async t => {
  const exchanges: Exchange[] = []
  const front = await startFront(t, {
    forward: async exchange => {
      exchanges.push(exchange)
      end(exchange)
    },
  })
  const client = await front.connect()
  client.send(get)
  await client.until(/ok$/)
  client.hangUp()
  await front.server.close()
  t.equal(exchanges[0]?.client.gone, false)
})

t.test('keeps a connection open between requests', async t => {
  const front = await startFront(t)
  const client = await front.connect()
  client.send(get)
  await client.until(/GET \/a /)
  client.send(get.replace('/a', '/b'))
  await client.until(/GET \/b /)
  t.notMatch(client.received(), /Connection: close/i)
})

t.test('answers 100 only when forward wants the body', async t => {
  const front = await startFront(t)
  const client = await front.connect()
  client.send('POST /a HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n')
  await client.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/)
  client.send('hi')
  t.same(statuses(await client.until(/POST \/a hi/)), [100, 200])
})

t.test('never asks for the body of a refused request, and closes after its refusal', async t => {
  const front = await startFront(t, { rules: [routeRule('POST', '/a', { bodyBytesMax: 10 })] })
  const client = await front.connect()
  client.send('POST /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n')
  const received = await client.closed()
  t.same(statuses(received), [413])
  t.match(received, /"code":"BODY_TOO_LARGE"/)
  t.match(received, /^Connection: close\r$/m)
})

t.test('sends no 100 to an HTTP/1.0 client', async t => {
  const front = await startFront(t)
  const client = await front.connect()
  client.send('POST /a HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi')
  t.same(statuses(await client.closed()), [200])
})

t.test('never parses an unread body as a request', async t => {
  const front = await startFront(t, {
    forward: async exchange => end(exchange, 403),
  })
  const inner = 'GET /inner HTTP/1.1\r\nHost: a\r\n\r\n'
  for (const body of [inner, inner.slice(0, 10)]) {
    const client = await front.connect()
    client.send(`POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: ${inner.length}\r\n\r\n${body}`)
    t.same(statuses(await client.closed()), [403])
  }
})

t.test('lets a refused upload arrive for a while, so that the client reads the answer', async t => {
  const front = await startFront(t, { forward: async exchange => end(exchange, 403) })
  const client = await front.connect()
  client.send('POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n')
  await client.until(/ok$/)
  client.send('x'.repeat(60_000))
  t.match(await client.closed(), /403 Forbidden[\s\S]*ok$/)
})

t.test('streams a body back while it is still being sent', async t => {
  const front = await startFront(t, {
    forward: async exchange => {
      const body = exchange.arrival.body!
      body.on('data', chunk => exchange.reply.write(chunk))
      exchange.reply.begin(200, [])
      await new Promise(resolve => body.once('end', resolve))
      exchange.reply.end([])
    },
  })
  const client = await front.connect()
  client.send('POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n')
  await client.until(/200 OK/)
  client.send('3\r\none\r\n')
  await client.until(/one/)
  client.send('3\r\ntwo\r\n0\r\n\r\n')
  await client.until(/two\r\n0\r\n\r\n$/)
  t.notMatch(client.received(), /Connection: close/i, 'the connection was kept')
})

t.test('cuts the upload and the exchange when a chunk is broken', async t => {
  for (const chunk of [
    '+5\r\nhello\r\n',
    '0x5\r\nhello\r\n',
    '5_0\r\n',
    ' 5\r\nhello\r\n',
    '-0\r\n\r\n',
    '3\r\nhello\r\n',
    '00000000000000005\r\nhello\r\n',
  ]) {
    const park = parked()
    const front = await startFront(t, park)
    const client = await front.connect()
    client.send('POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n')
    const exchange = await park.exchange
    client.send(`${chunk}${get}`)
    const received = await client.closed()
    t.same(statuses(received), [400], chunk)
    t.match(received, /"code":"REQUEST_MALFORMED"/)
    t.same(front.headsRefused, ['REQUEST_MALFORMED'])
    t.equal(exchange.client.gone, true, 'who forwards it learns that no more of it comes')
    park.finish()
  }
})

t.test('answers what is open, and nothing else, when garbage follows it', async t => {
  const park = parked()
  const front = await startFront(t, park)
  const client = await front.connect()
  client.send(get)
  const exchange = await park.exchange
  client.send('garbage\r\n\r\n')
  client.send('more')
  await new Promise(resolve => setTimeout(resolve, 5))
  end(exchange)
  park.finish()
  t.same(statuses(await client.closed()), [200])
  t.equal(exchange.client.gone, false)
})

t.test('refuses a head that does not come in time', async t => {
  const front = await startFront(t, { bounds: { headTimeoutMs: 20 } })
  const client = await front.connect()
  client.send('GET /a HTTP/1.1\r\nHost: a\r\nX-Sl')
  const received = await client.closed()
  t.same(statuses(received), [408])
  t.match(received, /"code":"REQUEST_TIMEOUT"/)
  t.same(front.headsRefused, ['REQUEST_TIMEOUT'])
})

t.test('refuses a body whose sender has stopped', async t => {
  const clock = createManualClock(0)
  const rules = [routeRule('POST', '/a', { bodyPace: { idleMs: 1000, bytesPerSecondMin: 0 } })]
  const front = await startFront(t, { clock, rules })
  const client = await front.connect()
  client.send('POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n')
  await client.until(/100 Continue/)
  clock.advance(900)
  t.same(statuses(client.received()), [100])
  clock.advance(1500)
  await client.until(/408 Request Timeout[\s\S]*"code":"REQUEST_TIMEOUT"/)
  clock.advance(frontLingerMs)
  await client.closed()
  t.same(front.recorded, [])
})

const frontLingerMs = 200

t.test('turns connections away beyond the bound', async t => {
  const front = await startFront(t, { bounds: { connectionsMax: 1 } })
  const first = await front.connect()
  first.send(get)
  await first.until(/200 OK/)
  const second = await front.connect()
  t.equal(await second.closed(), '')
  t.same(front.connectionsRefused, ['all'])
})

t.test(
  'turns connections away beyond what one address may have, and takes another when one is closed',
  async t => {
    const front = await startFront(t, { bounds: { connectionsPerAddressMax: 2 } })
    const [first, second] = [await front.connect(), await front.connect()]
    for (const client of [first, second]) {
      client.send(get)
      await client.until(/200 OK/)
    }
    const third = await front.connect()
    t.equal(await third.closed(), '')
    t.same(front.connectionsRefused, ['address'])
    first.hangUp()
    await until('another is let in', async () => {
      const next = await front.connect()
      next.send(get)
      return /200 OK/.test(await next.until(/200 OK/).catch(() => ''))
    })
  },
)

t.test('joins nothing behind an upgrade that was refused', async t => {
  const front = await startFront(t)
  const client = await front.connect()
  client.send(`GET /a HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n${get}`)
  t.same(statuses(await client.closed()), [400])
  t.same(front.recorded, [])
})

t.test('hands a WebSocket upgrade to the tunnel on a route that takes it', async t => {
  let seen: Exchange | null = null
  const front = await startFront(t, {
    rules: [routeRule('GET', '/socket', { upgrade: 'websocket' })],
    forward: async exchange => {
      seen = exchange
      exchange.reply.begin(503, ['Content-Length', '0'])
      exchange.reply.end([])
    },
  })
  const client = await front.connect()
  client.send('GET /socket HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n')
  client.send('Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n')
  t.same(statuses(await client.closed()), [503], 'an answer can still be given')
  t.equal(seen!.tunnel?.protocol, 'websocket')
  t.ok(seen!.request?.headers.includes('Sec-WebSocket-Key'))
  t.notOk(seen!.request?.headers.includes('Upgrade'))
})

t.test('streams a plain answer to an upgrade at the pace of its reader', async t => {
  const front = await startFront(t, {
    rules: [routeRule('GET', '/socket', { upgrade: 'websocket' })],
    forward: async ({ reply }) => {
      reply.begin(200, [])
      for (let round = 0; round < 50; round += 1) {
        if (!reply.write(Buffer.alloc(65_536, 'x')))
          await new Promise<void>(resolve => reply.onDrain(resolve))
      }
      reply.end([])
    },
  })
  const client = await front.connect()
  client.send('GET /socket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n')
  client.send('Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n')
  const received = await client.closed()
  t.match(received.slice(-7), /\r\n0\r\n\r\n$/)
  t.ok(received.length > 50 * 65_536)
})

t.test('asks for WebSocket where a route speaks nothing else', async t => {
  const front = await startFront(t, { rules: [routeRule('GET', '/socket', { upgrade: 'websocket' })] })
  const client = await front.connect()
  client.send('GET /socket HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  const received = await client.closed()
  t.same(statuses(received), [426])
  t.match(received, /^Upgrade: websocket\r$/m)
})

t.test('cuts the connection when the pipeline breaks its promise', async t => {
  const front = await startFront(t, { forward: () => Promise.reject(new Error('a bug')) })
  const client = await front.connect()
  client.send(get)
  t.equal(await client.closed(), '')
  t.match(front.broken, [{ message: 'a bug' }])
})
