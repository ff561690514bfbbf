import type { Test } from 'tap'
import t from 'tap'
import { feedSteadily, settled } from '../support/feed-steadily.ts'
import { createManualClock } from '../support/manual-clock.ts'
import type { RawPeer } from '../support/raw-peer.ts'
import { startRawService } from '../support/raw-peer.ts'
import { startSidecarBack } from '../support/sidecar-back.ts'
import { until } from '../support/until.ts'

/**
 * Threat 91: one side stops reading, or is half gone, and the other side’s connection is held for ever.
 * Advisories: none
 * Defence: each side goes at the pace of the slower (src/upstream/delivery.ts, src/proxy/measured-body.ts); a client that
 * leaves an answer unread is cut after `bounds.clientStallMs` (src/proxy/passage.ts); a side that leaves cuts the other
 * (src/proxy/stages/08-forward.ts).
 */

const streams = 20
const total = 64 * 1024 * 1024
const piece = Buffer.alloc(0x10000)
const stallMs = 1000
const get = 'GET /a HTTP/1.1\r\nHost: h\r\n\r\n'
const post = `POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: ${total}\r\n\r\nfirst`

function openSockets(): number {
  return process.getActiveResourcesInfo().filter(name => name === 'TCPSocketWrap').length
}

/** Streams that are all under way: `sent` by every client, and what the service does with each. */
async function start(t: Test, sent: string, serve: (peer: RawPeer) => void) {
  const clock = createManualClock(0)
  let begun = 0
  const service = await startRawService(t, async peer => {
    await peer.until('\r\n\r\n')
    begun += 1
    serve(peer)
  })
  const rule = { bodyBytesMax: total }
  const parts = { origin: service.origin, clock, rule, clientStallMs: stallMs, connections: streams }
  const back = await startSidecarBack(t, parts)
  const before = openSockets()
  const clients: RawPeer[] = []
  for (let index = 0; index < streams; index += 1) {
    const client = await back.connect()
    client.socket.pause()
    client.write(sent)
    clients.push(client)
  }
  await until('all are under way', () => begun === streams)
  const aborted = async () => {
    const by = new Set()
    for (let index = 0; index < streams; index += 1) by.add((await back.recorded(index)).outcome.aborted)
    return [...by]
  }
  const closed = (when: string) => until(`all sockets are closed ${when}`, () => openSockets() === before)
  return { clock, back, clients, aborted, closed }
}

/** A service that answers at length, and the sum of what could be sent. */
function longAnswers() {
  const fed: (() => number)[] = []
  const serve = (peer: RawPeer) => {
    peer.write(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`)
    fed.push(feedSteadily(peer, piece, total))
  }
  return { serve, sum: () => fed.reduce((sum, handed) => sum + handed(), 0) }
}

t.test('clients that stop reading stop the service, are cut in time, and leave no socket behind', async t => {
  const { serve, sum } = longAnswers()
  const { clock, clients, aborted, closed } = await start(t, get, serve)
  const sent = await settled(sum)
  t.ok(sent < (streams * total) / 2, `the service could send ${sent} bytes`)
  clock.advance(stallMs)
  clock.advance(stallMs)
  t.same(await aborted(), ['client'])
  // Whoever does not read does not hear of the end either.
  for (const { socket } of clients) socket.resume()
  await closed('in time')
  t.equal(clock.timerCount(), 0)
})

t.test('clients that go, by end of connection or reset, leave no socket behind', async t => {
  for (const leave of ['destroy', 'resetAndDestroy'] as const) {
    const { serve, sum } = longAnswers()
    const { clients, aborted, closed } = await start(t, get, serve)
    await settled(sum)
    for (const { socket } of clients) socket[leave]()
    await closed(`after ${leave}`)
    t.same(await aborted(), ['client'])
  }
})

t.test('clients that are half gone are gone', async t => {
  const { clients, aborted, closed } = await start(t, get, () => {})
  for (const { socket } of clients) {
    socket.resume()
    socket.end()
  }
  await closed('')
  t.same(await aborted(), ['client'])
})

t.test('a service that stops reading stops the clients, and all are cut when these have left', async t => {
  const deaf: RawPeer[] = []
  const { clients, aborted, closed } = await start(t, post, peer => {
    peer.socket.pause()
    deaf.push(peer)
  })
  const fed = clients.map(client => feedSteadily(client, piece, total - piece.length))
  const sent = await settled(() => fed.reduce((sum, handed) => sum + handed(), 0))
  t.ok(sent < (streams * total) / 2, `the clients could send ${sent} bytes`)
  for (const { socket } of clients) socket.destroy()
  for (const { socket } of deaf) socket.resume()
  t.same(await aborted(), ['client'])
  await closed('')
})
