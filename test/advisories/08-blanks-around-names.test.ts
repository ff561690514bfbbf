import t from 'tap'
import { assertRefused } from '../hostile/heads/assertions.ts'
import { get, post } from '../hostile/heads/case.ts'
import { openLane } from '../hostile/heads/lane.ts'

/**
 * Threat 8: blanks before a name or a colon, or no colon at all, by which a field is hidden from one reader.
 * Advisories: CVE-2021-22959, CVE-2022-35256
 * Defence: node's parser is strict (`insecureHTTPParser: false` in src/proxy/server.ts).
 */

t.test('blanks before names and colons, and lines without a colon: refused', async t => {
  const lane = await openLane(t)
  const parser = '400 REQUEST_MALFORMED http-parser'
  const body = '5\r\nhello\r\n0\r\n\r\n'
  await assertRefused(t, lane, [
    ['a blank before the colon of a length', post('Content-Length : 5\r\n', 'hello'), parser],
    ['a tab before the colon of a coding', post('Transfer-Encoding\t: chunked\r\n', body), parser],
    [
      'a blank before the colon of a coding, and a length',
      post('Transfer-Encoding : chunked\r\nContent-Length: 5\r\n', 'hello'),
      parser,
    ],
    [
      'a blank before the colon of a credential',
      'GET /notes HTTP/1.1\r\nHost: a\r\nAuthorization : Bearer {token}\r\n\r\n',
      parser,
    ],
    ['a blank before a name', 'GET /notes HTTP/1.1\r\n Host: a\r\n\r\n', parser],
    ['a blank in a name', get('X A: 1\r\n'), parser],
    ['no colon', get('X-A\r\n'), parser],
    ['no colon, and no name', get('  \r\n'), parser],
    ['an equals sign', get('X-A=1\r\n'), parser],
    ['a control character before a name', post('\x01Transfer-Encoding: chunked\r\n', body), parser],
  ])
})
