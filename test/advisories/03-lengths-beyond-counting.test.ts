import t from 'tap'
import { readFraming } from '../../src/http1/framing.ts'
import { isRefused } from '../../src/lib/refused.ts'
import { assertRefused } from '../hostile/heads/assertions.ts'
import { post } from '../hostile/heads/case.ts'
import { openLane } from '../hostile/heads/lane.ts'

/**
 * Threat 3: a length that overflows the number it is read into, or is below zero.
 * Advisories: CVE-2021-40346, CVE-2024-28869
 * Defence: node's parser stops at 2^64, and readFraming at 2^53, up to which a length is exact (src/http1/framing.ts).
 */

t.test('lengths below zero and beyond counting: refused at once', async t => {
  const lane = await openLane(t)
  const ours = '400 REQUEST_MALFORMED length-not-digits'
  const parser = '400 REQUEST_MALFORMED http-parser'
  const lengths: readonly (readonly [value: string, wanted: string])[] = [
    ['9007199254740992', ours],
    ['9223372036854775807', ours],
    ['9223372036854775808', ours],
    ['18446744073709551615', ours],
    ['18446744073709551616', parser],
    ['18446744073709551621', parser],
    ['4294967301000000000000', parser],
    ['9'.repeat(1000), parser],
    ['-1', parser],
    ['-0', parser],
    ['-9223372036854775808', parser],
    ['-18446744073709551611', parser],
  ]
  await assertRefused(
    t,
    lane,
    lengths.map(([value, wanted]) => [
      value.slice(0, 30),
      post(`Content-Length: ${value}\r\n`, 'hello'),
      wanted,
    ]),
  )
})

t.test('the longest length that is exact is taken, the next is not', async t => {
  const framingOf = (length: string) =>
    readFraming(['Host', 'a', 'Content-Length', length], ['host', 'content-length'], '1.1', {
      headerCountMax: 10,
      headerBytesMax: 1000,
    })
  t.match(framingOf('9007199254740991'), { contentLength: Number.MAX_SAFE_INTEGER })
  t.ok(isRefused(framingOf('9007199254740992')))
})
