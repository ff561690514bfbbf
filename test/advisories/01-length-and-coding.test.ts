import t from 'tap'
import { readFraming } from '../../src/http1/framing.ts'
import { isRefused } from '../../src/lib/refused.ts'
import { assertRefused } from '../hostile/heads/assertions.ts'
import { post } from '../hostile/heads/case.ts'
import { openLane } from '../hostile/heads/lane.ts'

/**
 * Threat 1: Content-Length and Transfer-Encoding in one message, of which each reader believes another.
 * Advisories: CVE-2020-8287, CVE-2019-20372
 * Defence: node's parser is strict, and what it would let pass readFraming refuses (src/http1/framing.ts); what goes on is
 * framed anew, never copied (src/upstream/http-upstream.ts).
 */

const both: readonly (readonly [name: string, fields: string])[] = [
  ['a length first', 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n'],
  ['a coding first', 'Transfer-Encoding: chunked\r\nContent-Length: 5\r\n'],
  ['a length of 0', 'Content-Length: 0\r\nTransfer-Encoding: chunked\r\n'],
  ['gzip', 'Transfer-Encoding: gzip\r\nContent-Length: 5\r\n'],
  ['identity', 'Transfer-Encoding: identity\r\nContent-Length: 5\r\n'],
  ['mixed letters', 'transfer-encoding: ChUnKeD\r\nCONTENT-LENGTH: 5\r\n'],
]

t.test('both in one message: refused, and nothing goes on', async t => {
  const lane = await openLane(t)
  await assertRefused(
    t,
    lane,
    both.map(([name, fields]) => [name, post(fields, '0\r\n\r\n'), '400 REQUEST_MALFORMED http-parser']),
  )
})

t.test('both in one message: refused also where the parser had let it pass', async t => {
  for (const [name, fields] of both) {
    const headers = ['Host', 'a', ...fields.trimEnd().split(/: |\r\n/)]
    const folded = headers.filter((_, index) => index % 2 === 0).map(each => each.toLowerCase())
    const read = readFraming(headers, folded, '1.1', { headerCountMax: 10, headerBytesMax: 1000 })
    t.match(isRefused(read) ? read.rule : 'taken', 'length-and-coding', name)
  }
})
