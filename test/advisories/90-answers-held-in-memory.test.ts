import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Test } from 'tap'
import t from 'tap'
import { feedSteadily, settled } from '../support/feed-steadily.ts'
import { startRawService } from '../support/raw-peer.ts'
import { startSidecarBack } from '../support/sidecar-back.ts'
import { until } from '../support/until.ts'

/**
 * Threat 90: a long answer to a client that reads slowly, or not at all, is held in memory.
 * Advisories: CVE-2026-2581, CVE-2026-22036
 * Defence: the answer is read from the service no faster than the client takes it (src/upstream/delivery.ts,
 * src/proxy/passage.ts), and content is never decoded (src/upstream/http-upstream.ts).
 */

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const streams = 20
const total = 64 * 1024 * 1024
const heldMax = 512 * 1024

/** All buffers of this process; those of the kernel are not among them. */
async function bytesHeld(): Promise<number> {
  // What is found to be garbage is given back in the background.
  for (let times = 0; times < 3; times += 1) {
    collectGarbage()
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  return process.memoryUsage().arrayBuffers
}

/** Asks for so many answers, reads none of them, and waits until nothing moves any more. */
async function startUnread(t: Test, head: string, piece: Buffer) {
  const fed: (() => number)[] = []
  const service = await startRawService(t, async peer => {
    await peer.until('\r\n\r\n')
    peer.write(head)
    fed.push(feedSteadily(peer, piece, total))
  })
  const back = await startSidecarBack(t, { origin: service.origin, connections: streams })
  const before = await bytesHeld()
  for (let index = 0; index < streams; index += 1) {
    const client = await back.connect()
    client.socket.pause()
    client.write('GET /a HTTP/1.1\r\nHost: h\r\n\r\n')
  }
  await until('all are answered', () => fed.length === streams)
  await settled(() => fed.reduce((sum, handed) => sum + handed(), 0))
  return {
    heldEach: ((await bytesHeld()) - before) / streams,
    mostFed: Math.max(...fed.map(handed => handed())),
  }
}

t.test('of an answer that is not read, next to nothing is held, whatever frames it', async t => {
  const bytes = Buffer.alloc(0x10000)
  const chunk = Buffer.concat([Buffer.from('10000\r\n'), bytes, Buffer.from('\r\n')])
  const framings = [
    [`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`, bytes],
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n', chunk],
    ['HTTP/1.1 200 OK\r\n\r\n', bytes],
  ] as const
  for (const [head, piece] of framings) {
    const { heldEach, mostFed } = await startUnread(t, head, piece)
    t.ok(mostFed < total / 2, `the service could send ${mostFed} bytes`)
    t.ok(heldEach < heldMax, `${Math.round(heldEach)} bytes are held for each`)
  }
})
