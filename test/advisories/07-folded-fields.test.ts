import t from 'tap'
import { assertRefused } from '../hostile/heads/assertions.ts'
import { get, hostFields, post } from '../hostile/heads/case.ts'
import { openLane } from '../hostile/heads/lane.ts'

/**
 * Threat 7: a field that is folded over lines, of which one reader sees the rest and the next another field.
 * Advisories: CVE-2022-32213, CVE-2024-27982
 * Defence: node's parser is strict about obs-fold (`insecureHTTPParser: false` in src/proxy/server.ts).
 */

t.test('folded fields: refused, whatever they hold', async t => {
  const lane = await openLane(t)
  const parser = '400 REQUEST_MALFORMED http-parser'
  const body = '5\r\nhello\r\n0\r\n\r\n'
  await assertRefused(t, lane, [
    ['a length', post('Content-Length:\r\n 5\r\n', 'hello'), parser],
    ['a length that grows', post('Content-Length: 5\r\n 0\r\n', 'hello'), parser],
    ['a coding', post('Transfer-Encoding:\r\n chunked\r\n', body), parser],
    ['a coding after a tab', post('Transfer-Encoding: chunked\r\n\t, identity\r\n', body), parser],
    [
      'a coding hidden in another field',
      post('X-A: 1\r\n Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', 'hello'),
      parser,
    ],
    ['a credential', `GET /notes HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer\r\n {token}\r\n\r\n`, parser],
    ['a tenant', get('X-Tenant-ID: acme\r\n globex\r\n'), parser],
    ['nothing', get('X-A: 1\r\n \r\n'), parser],
    ['the first line', `GET /notes HTTP/1.1\r\n ${hostFields}\r\n`, parser],
  ])
})
