import t from 'tap'
import { assertRefused } from '../hostile/heads/assertions.ts'
import { get, post } from '../hostile/heads/case.ts'
import { openLane } from '../hostile/heads/lane.ts'

/**
 * Threat 9: a field without a name, at which one reader stops and so overlooks those behind it.
 * Advisories: CVE-2023-25725
 * Defence: node's parser refuses it; every field is looked at in one
 * list that nothing cuts short (`maxHeadersCount = 0` in src/proxy/server.ts, the count in src/http1/framing.ts).
 */

const parser = '400 REQUEST_MALFORMED http-parser'

t.test('a field without a name: refused, wherever it is', async t => {
  const lane = await openLane(t)
  await assertRefused(t, lane, [
    ['before a length', post(': 1\r\nContent-Length: 5\r\n', 'hello'), parser],
    ['behind a length', post('Content-Length: 5\r\n: 1\r\n', 'hello'), parser],
    ['without a value', get(':\r\n'), parser],
    ['as the first', 'GET /notes HTTP/1.1\r\n: 1\r\nHost: a\r\n\r\n', parser],
    ['like HTTP/2', get(':authority: evil.example\r\n'), parser],
  ])
})

t.test('the last of many fields is looked at like the first', async t => {
  const lane = await openLane(t)
  const many = Array.from({ length: 90 }, (_, index) => `x-${index}: 1\r\n`).join('')
  const more = Array.from({ length: 2010 }, () => 'x:\r\n').join('')
  await assertRefused(t, lane, [
    ['an imitated length', get(`${many}Content_Length: 5\r\n`), '400 REQUEST_MALFORMED field-imitates'],
    ['a second Host', get(`${many}Host: b\r\n`), '400 REQUEST_MALFORMED field-repeated'],
    [
      'a second credential',
      get(`${many}Authorization: Bearer x\r\n`),
      '400 CREDENTIALS_AMBIGUOUS authorization-repeated',
    ],
    ['beyond what node keeps by default', get(`${more}Host: b\r\n`), '431 HEADERS_TOO_LARGE headers-count'],
  ])
})
