import t from 'tap'
import { echoAnswer, startRecorder } from '../support/recorder.ts'
import { startSidecar, tenants } from '../support/sidecar.ts'
import { until } from '../support/until.ts'

/**
 * Threat 16: the service sends an answer too many, which waits on its connection for whoever uses that next.
 * Advisories: CVE-2026-48931, GHSA-35p6-xmwp-9g52, GHSA-8xcm-r25x-g524
 * Defence: one request on a connection at a time; bytes that nobody asked for close it before the next request is written
 * (src/upstream/connection.ts, `pipelining: 1`, and undici, whose version is pinned).
 */

const poison = 'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned'

for (const [name, spare] of [
  [
    'in the same piece as the answer',
    (send: (text: string) => void, answer: string) => send(answer + poison),
  ],
  [
    'in pieces',
    (send: (text: string) => void, answer: string) => {
      send(answer)
      setImmediate(send, poison)
    },
  ],
  [
    'while the connection is idle',
    (send: (text: string) => void, answer: string) => {
      send(answer)
      setTimeout(send, 5, poison)
    },
  ],
  ['half of it', (send: (text: string) => void, answer: string) => send(answer + poison.slice(0, 20))],
  [
    'only an interim one',
    (send: (text: string) => void, answer: string) => send(`${answer}HTTP/1.1 100 Continue\r\n\r\n`),
  ],
] as const) {
  t.test(`a spare answer, ${name}: the next tenant gets its own`, async t => {
    const recorder = await startRecorder(t, {
      answer: (request, peer) => {
        spare(peer.write, echoAnswer(request))
        return null
      },
    })
    const sidecar = await startSidecar(t, {
      origin: recorder.origin,
      configure: config => ({ ...config, upstream: { ...config.upstream, connections: 1 } }),
    })
    const client = await sidecar.connect()
    for (let turn = 0; turn < 6; turn += 1) {
      const tenant = turn % 2 === 0 ? 'acme' : 'globex'
      const before = client.received().length
      client.send(
        `GET /notes/${turn} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${sidecar.token(tenant, 'member')}\r\n\r\n`,
      )
      await until(
        'it is answered',
        () =>
          client
            .received()
            .slice(before)
            .includes(' '.concat(`/notes/${turn} `)) || /HTTP\/1\.1 5/.test(client.received().slice(before)),
      )
      const answered = client.received().slice(before)
      t.match(answered, /^HTTP\/1\.1 (200|50[234]) /)
      if (answered.startsWith('HTTP/1.1 200'))
        t.ok(answered.endsWith(`\r\n\r\n${tenants[tenant].id} GET /notes/${turn} `))
    }
    t.notMatch(client.received(), 'poisoned')
  })
}
