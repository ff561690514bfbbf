import t from 'tap'
import { assertRefused } from '../hostile/heads/assertions.ts'
import { request } from '../hostile/heads/case.ts'
import { openLane } from '../hostile/heads/lane.ts'

/**
 * Threat 5: Transfer-Encoding in HTTP/1.0, which one reader obeys and the next has never heard of.
 * Advisories: none
 * Defence: readFraming refuses it (src/http1/framing.ts); node's parser takes it.
 */

t.test('a coding in HTTP/1.0: refused, and nothing behind it is a request', async t => {
  const lane = await openLane(t)
  const old = (fields: string) =>
    request(
      'POST /notes HTTP/1.0',
      `${fields}Transfer-Encoding: chunked\r\n`,
      '0\r\n\r\nGET /admin HTTP/1.1\r\n\r\n',
    )
  await assertRefused(t, lane, [
    ['alone', old(''), '400 REQUEST_MALFORMED coding-in-http-1.0'],
    ['kept alive', old('Connection: keep-alive\r\n'), '400 REQUEST_MALFORMED coding-in-http-1.0'],
    ['with TE', old('TE: chunked\r\n'), '400 REQUEST_MALFORMED coding-in-http-1.0'],
    [
      'in HTTP/0.9',
      request('POST /notes HTTP/0.9', 'Transfer-Encoding: chunked\r\n', '0\r\n\r\n'),
      '505 HTTP_VERSION_REFUSED http-version',
    ],
  ])
})
