import t from 'tap'
import { assertBroken, assertForwarded } from '../hostile/heads/assertions.ts'
import { chunked, forwarded } from '../hostile/heads/case.ts'
import { openLane } from '../hostile/heads/lane.ts'
import { valuesOf } from '../support/strict-http.ts'

/**
 * Threat 13: fields behind a body, which a reader merges with those of the head after these were judged.
 * Advisories: none
 * Defence: trailers of requests are never read nor sent on: the service gets a body that is written anew, without any
 * (src/upstream/http-upstream.ts).
 */

const trailers = [
  'Host: evil.example',
  'Authorization: Bearer forged',
  'X-QLP-Tenant-Id: globex',
  'X_QLP_Tenant_Id: globex',
  'X-Tenant-ID: globex',
  'X-User-ID: root',
  'X-QLP-Assertion: forged',
  'Cookie: a=b',
  'X-Forwarded-For: 1.2.3.4',
  'Content-Type: a/b',
  'Expect: 100-continue',
  'Upgrade: websocket',
  'X-A: 1\r\nX-B: 2',
]

const behind = (trailer: string, fields = '') => chunked(`5\r\nhello\r\n0\r\n${trailer}\r\n\r\n`, fields)

t.test('trailers are taken and left out, announced or not', async t => {
  const lane = await openLane(t)
  await assertForwarded(
    t,
    lane,
    trailers.flatMap(trailer => [
      [trailer, behind(trailer), forwarded('POST', 'hello')] as const,
      [
        `${trailer}, announced`,
        behind(trailer, `Trailer: ${trailer.split(':')[0]}\r\n`),
        forwarded('POST', 'hello'),
      ] as const,
    ]),
  )
})

t.test('nothing of a trailer is in what the service gets', async t => {
  const lane = await openLane(t)
  const token = lane.sidecar.token('acme', 'member')
  for (const trailer of trailers) {
    const { forwarded: sent } = await lane.send(
      [behind(trailer, 'Connection: close\r\n').replace('{token}', token)],
      null,
    )
    t.equal(sent.length, 1)
    const name = trailer.split(':')[0]!
    const value = trailer.slice(name.length + 2)
    t.notOk(valuesOf(sent[0]!, name).includes(value), trailer)
  }
})

t.test('trailers that frame, and those that are broken, cut the upload', async t => {
  const lane = await openLane(t)
  const { send, sidecar } = lane
  for (const trailer of ['Content-Length: 5', 'Transfer-Encoding: chunked']) {
    const { forwarded: sent } = await send(
      [behind(trailer).replace('{token}', sidecar.token('acme', 'member'))],
      null,
    )
    t.same(sent, [], trailer)
  }
  await assertBroken(
    t,
    lane,
    ['X', 'X : 1', ' X: 1', ': 1', 'X: 1\r\n 2', 'X: \0', 'X: 1\n'].map(trailer => [
      JSON.stringify(trailer),
      behind(trailer),
    ]),
  )
})
