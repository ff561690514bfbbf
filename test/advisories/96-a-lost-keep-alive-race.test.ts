import type { Test } from 'tap'
import t from 'tap'
import { createRandom } from '../support/random.ts'
import type { RawPeer } from '../support/raw-peer.ts'
import { startRawService } from '../support/raw-peer.ts'
import { startSidecarBack } from '../support/sidecar-back.ts'

/**
 * Threat 96: the service closes an idle connection while a request is on its way over it, and the client gets a 502.
 * Advisories: none
 * Defence: a request that may be repeated, has no body, and was sent on a connection that had been kept and closed before
 * an answer began, is sent once more, on a connection of its own (src/upstream/http-upstream.ts, src/upstream/delivery.ts).
 */

const rounds = 40
const atOnce = 8
const random = createRandom(96)

/** Closes each connection a moment after it has answered, as if it had been idle for long; it never says so before. */
function closingSoon(close: (peer: RawPeer) => void, stats: { requests: number }) {
  return (peer: RawPeer) => {
    let seen = 0
    peer.socket.on('data', () => {
      const requests = peer.text().split('\r\n\r\n').length - 1
      for (; seen < requests; seen += 1) {
        stats.requests += 1
        peer.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
      }
      setTimeout(() => close(peer), random() * 4)
    })
  }
}

async function run(t: Test, close: (peer: RawPeer) => void, method: string) {
  const stats = { requests: 0 }
  const service = await startRawService(t, closingSoon(close, stats))
  const back = await startSidecarBack(t, { origin: service.origin, connections: atOnce })
  const statuses: string[] = []
  const work = async () => {
    const client = await back.connect()
    for (let round = 0; round < rounds; round += 1) {
      const from = client.text().length
      client.write(`${method} /a HTTP/1.1\r\nHost: h\r\n\r\n`)
      while (!client.text().slice(from).includes('\r\n\r\n')) await turn()
      statuses.push(client.text().slice(from + 9, from + 12))
      // Sometimes the next comes at once, and sometimes just when the connection closes.
      if (random() < 0.7) await new Promise(resolve => setTimeout(resolve, random() * 4))
      else await turn()
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  let retried = 0
  for (let index = 0; index < rounds * atOnce; index += 1)
    if ((await back.recorded(index)).outcome.retried) retried += 1
  return { statuses, retried, stats }
}

function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

t.test('no client sees that the service closed what it had kept, by end or by reset', async t => {
  let retried = 0
  for (const close of [
    (peer: RawPeer) => peer.socket.end(),
    (peer: RawPeer) => peer.socket.destroy(),
    (peer: RawPeer) => peer.socket.resetAndDestroy(),
  ]) {
    for (const method of ['GET', 'HEAD']) {
      const ran = await run(t, close, method)
      t.equal(ran.statuses.length, rounds * atOnce)
      t.same(
        ran.statuses.filter(status => status !== '200'),
        [],
      )
      retried += ran.retried
    }
  }
  t.ok(retried > 0, `the race was lost ${retried} times`)
})
