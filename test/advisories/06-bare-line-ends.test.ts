import t from 'tap'
import { assertRefused } from '../hostile/heads/assertions.ts'
import { get, hostFields } from '../hostile/heads/case.ts'
import { openLane } from '../hostile/heads/lane.ts'

/**
 * Threat 6: a line that ends in CR or LF alone, which one reader takes for an end and the next for a part of the value.
 * Advisories: CVE-2022-32214, CVE-2023-30589, CVE-2025-23167, CVE-2025-22871
 * Defence: node's parser is strict, and a watch on the same bytes looks at every line end of a head, also before the
 * request line (src/http1/request-watch.ts).
 */

t.test('bare line ends: refused wherever they are', async t => {
  const lane = await openLane(t)
  const line = 'GET /notes HTTP/1.1'
  const watched = '400 REQUEST_MALFORMED http-line-end'
  const empty = '400 REQUEST_MALFORMED http-empty-lines'
  const parser = '400 REQUEST_MALFORMED http-parser'
  await assertRefused(t, lane, [
    ['line feeds alone', `${line}\n${hostFields.replaceAll('\r', '')}\n`, watched],
    ['carriage returns alone', `${line}\r${hostFields.replaceAll('\n', '')}\r\r\n`, watched],
    ['a line feed behind the request line', `${line}\n${hostFields}\r\n`, watched],
    ['a line feed behind a field', get('X-A: 1\nX-B: 2\r\n'), watched],
    ['a line feed in the place of the empty line', `${line}\r\n${hostFields}\n`, watched],
    ['a carriage return before a field', get('\rTransfer-Encoding: chunked\r\n'), parser],
    ['a carriage return in a value', get('X-A: 1\rX-B: 2\r\n'), parser],
    ['CR CR LF', get('X-A: 1\r\r\n'), parser],
    ['a head that ends in CR X', `${line}\r\n${hostFields}\rX-A: 1\r\n\r\n`, parser],
    ['a line feed before the request line', `\n${get('')}`, empty],
    ['a carriage return before the request line', `\r${get('')}`, watched],
    ['many empty lines before the request line', `\r\n\r\n\r\n${get('')}`, empty],
  ])
})
