import t from 'tap'
import { assertForwarded } from '../hostile/heads/assertions.ts'
import { forwarded, get, request } from '../hostile/heads/case.ts'
import { openLane } from '../hostile/heads/lane.ts'

/**
 * Threat 14: the body of a GET, HEAD or DELETE goes on without its length, and is read as the next request.
 * Advisories: none
 * Defence: whatever the method, a body goes on with one exact length, or chunked (src/upstream/http-upstream.ts).
 */

const smuggled = 'GET /admin HTTP/1.1\r\nHost: a\r\n\r\n'

t.test('a body goes on with its framing, whatever the method', async t => {
  const lane = await openLane(t)
  await assertForwarded(
    t,
    lane,
    ['GET', 'HEAD', 'DELETE', 'OPTIONS'].flatMap(method => [
      [
        `${method}, a length`,
        request(`${method} /notes HTTP/1.1`, `Content-Length: ${smuggled.length}\r\n`, smuggled),
        forwarded(method, smuggled),
      ] as const,
      [
        `${method}, chunks`,
        request(
          `${method} /notes HTTP/1.1`,
          'Transfer-Encoding: chunked\r\n',
          `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`,
        ),
        forwarded(method, smuggled),
      ] as const,
      [
        `${method}, a length of 0`,
        request(`${method} /notes HTTP/1.1`, 'Content-Length: 0\r\n'),
        forwarded(method),
      ] as const,
    ]),
  )
})

t.test('no body goes on as none', async t => {
  const lane = await openLane(t)
  await assertForwarded(t, lane, [
    ['GET', get(''), forwarded('GET')],
    ['POST', request('POST /notes HTTP/1.1', ''), forwarded('POST')],
  ])
})
