import t from 'tap'
import { assertBroken } from '../hostile/heads/assertions.ts'
import { chunked } from '../hostile/heads/case.ts'
import { openLane } from '../hostile/heads/lane.ts'

/**
 * Threat 12: a chunk that ends elsewhere than its size says, or a body that never ends.
 * Advisories: none
 * Defence: node's parser is strict; a request whose body breaks takes its connection to the service with it, which nobody
 * uses again (src/proxy/stages/08-forward.ts, src/upstream/http-upstream.ts), and its own connection.
 */

t.test('chunks that end elsewhere cut the upload, and nothing behind them is a request', async t => {
  const lane = await openLane(t)
  await assertBroken(t, lane, [
    ['data longer than its size', chunked('4\r\nhello\r\n0\r\n\r\n')],
    ['data with no CRLF behind it', chunked('5\r\nhello0\r\n\r\n')],
    ['data with a line feed behind it', chunked('5\r\nhello\n0\r\n\r\n')],
    ['data with CR CR LF behind it', chunked('5\r\nhello\r\r\n0\r\n\r\n')],
    ['data with two other bytes behind it', chunked('5\r\nhelloXX0\r\n\r\n')],
    ['a size that ends in a line feed', chunked('5\nhello\r\n0\r\n\r\n')],
    ['a last chunk that ends in line feeds', chunked('5\r\nhello\r\n0\n\n')],
    ['a last chunk that ends in CRLF LF', chunked('5\r\nhello\r\n0\r\n\n')],
    [
      'a request in the place of the trailers',
      chunked('0\r\nGET /notes/smuggled HTTP/1.1\r\nHost: a\r\n\r\n'),
    ],
  ])
})

t.test(
  'a body that never ends: its connection to the service is reset, and the next tenant gets another',
  async t => {
    const lane = await openLane(t)
    const { token } = lane.sidecar
    for (const body of ['6\r\nhello', '5\r\nhello\r\n', '5\r\nhello\r\n0\r\n', '5\r\nhello\r\n0\r\n\r']) {
      const sent = chunked(body).replace('{token}', token('acme', 'member'))
      const { forwarded, violations } = await lane.send(sent.split(/(?<=\r\n\r\n)/), /^/)
      t.same(forwarded, [], 'no whole request')
      t.ok(
        violations.every(({ rule }) => rule.startsWith('cut')),
        'at most the beginning of one, and its connection closed',
      )
      const next = await lane.send(
        [
          `GET /notes HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer ${token('globex', 'member')}\r\n\r\n`,
        ],
        null,
      )
      t.match(next.answer, /^HTTP\/1\.1 200 /)
      t.match(next.forwarded, [{ method: 'GET', target: '/notes', body: '' }])
      t.same(next.violations, [])
    }
  },
)
