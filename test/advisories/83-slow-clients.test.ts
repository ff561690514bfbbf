import { connect } from 'node:net'
import type { Test } from 'tap'
import t from 'tap'
import { call } from '../support/caller.ts'
import { startFront } from '../support/front.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { startRecorder } from '../support/recorder.ts'
import { routeRule } from '../support/route-rule.ts'
import type { Sidecar } from '../support/sidecar.ts'
import { startSidecar } from '../support/sidecar.ts'
import { until } from '../support/until.ts'

/**
 * Threat 83: clients that send or read next to nothing hold every connection there is (slowloris).
 * Advisories: CVE-2018-12122, CVE-2019-5737, CVE-2026-26999
 * Defence: a deadline for the whole head and for idle connections (src/proxy/server.ts), none of which an empty line puts
 * off (src/http1/request-watch.ts); a least pace for bodies (Connection.isStalled in src/proxy/connection.ts), which
 * costs the connection to the service; a time in which an answer must be read (src/proxy/passage.ts); and a bound on the
 * connections of one address (src/limit/connections-per-address.ts).
 */

/** A few hundred of them at once, each with what it sends at first and then again and again. */
async function startSlow(t: Test, sidecar: Sidecar, count: number, first: string, trickle: string) {
  const sockets = Array.from({ length: count }, () => connect(sidecar.port, '127.0.0.1'))
  let [closed, timeouts] = [0, 0]
  for (const socket of sockets) {
    t.teardown(() => socket.destroy())
    socket.on('error', () => {})
    socket.on('data', bytes => {
      if (bytes.includes('HTTP/1.1 408 ')) timeouts += 1
    })
    if (first !== '') socket.write(first)
    const timer = trickle === '' ? undefined : setInterval(() => socket.writable && socket.write(trickle), 40)
    socket.once('close', () => {
      clearInterval(timer)
      closed += 1
    })
  }
  return { closed: () => closed, timeouts: () => timeouts }
}

t.test('whoever does not come to the end of a head is closed, and others are served meanwhile', async t => {
  const recorder = await startRecorder(t)
  const bounds = 'bounds: { headTimeoutMs: 300, keepAliveMs: 300 }'
  const sidecar = await startSidecar(t, { origin: recorder.origin, sections: { bounds } })
  const served = 'GET /health HTTP/1.1\r\nHost: a\r\n\r\n'
  const slow = await Promise.all(
    [
      ['', ''],
      ['', '\r\n'],
      ['GET /he', ''],
      ['G', 'E'],
      ['GET /health HTTP/1.1\r\nHost: a\r\n', 'x'],
      ['GET /health HTTP/1.1\r\nHost: a\r\n', 'X: y\r\n'],
      [served, ''],
      [served, '\r\n'],
      [`${served}GET /health HTTP/1.1\r\nHost: a\r\nX: `, 'y'],
    ].map(([first, trickle]) => startSlow(t, sidecar, 30, first!, trickle!)),
  )
  const token = sidecar.token('acme', 'member')
  await until('all of them are closed', async () => {
    t.equal((await call(sidecar.proxy.addresses.traffic, '/notes', { token })).status, 200)
    return slow.every(({ closed }) => closed() === 30)
  })
  t.equal(slow[2]!.timeouts(), 30, 'whoever has begun is told why')
})

t.test('a body must keep a pace, and one that does is no slow one however long it takes', async t => {
  const clock = createManualClock(0)
  const bodies = new Map<string, number>()
  const front = await startFront(t, {
    clock,
    rules: ['/paced', '/any', '/free'].map(path =>
      routeRule('POST', path, {
        bodyPace: { idleMs: path === '/free' ? 0 : 1000, bytesPerSecondMin: path === '/paced' ? 100 : 0 },
      }),
    ),
    forward: async exchange => {
      const { arrival } = exchange
      bodies.set(arrival.target, 0)
      await new Promise(resolve => {
        arrival.body!.on('data', (chunk: Buffer) =>
          bodies.set(arrival.target, bodies.get(arrival.target)! + chunk.length),
        )
        arrival.body!.once('close', resolve)
      })
    },
  })
  const begin = async (path: string) => {
    const client = await front.connect()
    client.send(`POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n`)
    await until('it is taken', () => bodies.has(path))
    return client
  }
  const clients = {
    '/paced': await begin('/paced'),
    '/any': await begin('/any'),
    '/free': await begin('/free'),
  }
  /** Goes on for five seconds. @returns which are open still */
  const send = async (pieces: Readonly<Record<string, number>>) => {
    for (let turn = 0; turn < 20; turn += 1) {
      for (const [path, bytes] of Object.entries(pieces)) {
        const due = bodies.get(path)! + bytes
        clients[path as keyof typeof clients].send('x'.repeat(bytes))
        await until(`${path} got its piece`, () => bodies.get(path)! >= due || front.headsRefused.length > 0)
      }
      clock.advance(250)
      if (front.headsRefused.length > 0) return turn
    }
    return 'all open'
  }
  t.equal(await send({ '/paced': 30, '/any': 1 }), 'all open')
  const turn = await send({ '/paced': 20, '/any': 1 })
  t.ok(Number(turn) <= 6, 'next to nothing is not enough')
  t.same(front.headsRefused, ['REQUEST_TIMEOUT'])
  t.match(
    clients['/paced'].received() || (await clients['/paced'].until(/408/)),
    /^HTTP\/1\.1 408 [\s\S]*REQUEST_TIMEOUT/,
  )
  front.headsRefused.length = 0
  clock.advance(2000)
  t.same(
    front.headsRefused,
    ['REQUEST_TIMEOUT'],
    'a byte at a time is a pace where a route says so; silence is none',
  )
  clock.advance(3_600_000)
  t.same(front.headsRefused, ['REQUEST_TIMEOUT'], 'and a route may wait for ever')
})

t.test('a body that trickles is cut off from the service, whose connection nobody else gets', async t => {
  const recorder = await startRecorder(t)
  const bounds = 'bounds: { bodyIdleMs: 300, bodyBytesPerSecond: 1000, lingerMs: 100 }'
  const sidecar = await startSidecar(t, { origin: recorder.origin, sections: { bounds } })
  const token = sidecar.token('acme', 'member')
  const head = `POST /notes HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\n`
  const slow = [
    await startSlow(t, sidecar, 20, `${head}Content-Length: 100000\r\n\r\nfirst`, 'x'),
    await startSlow(t, sidecar, 20, `${head}Transfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n`, '1\r\nx\r\n'),
  ]
  await until('all of them are closed', () => slow.every(({ closed }) => closed() === 20))
  t.equal(await sidecar.metric('postern_rules_broken_total{rule="http-body-time",mode="enforce"}'), 40)
  t.equal((await call(sidecar.proxy.addresses.traffic, '/notes', { token })).status, 200)
  const whole = recorder.read().filter(({ requests }) => requests.length > 0)
  t.same(
    whole.map(({ requests }) => requests.map(({ method }) => method)),
    [['GET']],
    'no half of a body passed for a whole one',
  )
})

t.test('whoever does not read an answer is cut off, and the service with it', async t => {
  const total = 16 * 1024 * 1024
  const recorder = await startRecorder(t, {
    answer: ({ target }, peer) => {
      if (target === '/health') return 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
      peer.socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`)
      peer.socket.write(Buffer.alloc(total))
      return null
    },
  })
  const sidecar = await startSidecar(t, {
    origin: recorder.origin,
    sections: { bounds: 'bounds: { clientStallMs: 300 }' },
  })
  const token = sidecar.token('acme', 'member')
  for (let index = 0; index < 20; index += 1) {
    const socket = connect(sidecar.port, '127.0.0.1')
    t.teardown(() => socket.destroy())
    socket.pause()
    socket.on('error', () => {})
    socket.write(`GET /notes HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\n\r\n`)
  }
  await until(
    'all of them are cut',
    async () => (await sidecar.metric('postern_aborts_total{by="client"}')) === 20,
  )
  await until('the service, too', () => recorder.connections.every(({ socket }) => socket.destroyed))
  t.equal((await call(sidecar.proxy.addresses.traffic, '/health')).status, 200)
})
