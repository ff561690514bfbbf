import t from 'tap'
import { assertBroken, assertForwarded, refusalOf } from '../hostile/heads/assertions.ts'
import { chunked, forwarded } from '../hostile/heads/case.ts'
import { openLane } from '../hostile/heads/lane.ts'

/**
 * Threat 10: a chunk size that one reader takes for another number than the next.
 * Advisories: CVE-2023-47627, CVE-2023-38697
 * Defence: node's parser is strict, and a watch on the same bytes takes 1 to 16 hexadecimal digits up to 2^53
 * (src/http1/request-watch.ts); what is broken resets the connection to the service, and sizes are written anew.
 */

const sizes = [
  '+5',
  '-0',
  '0x5',
  '5_0',
  ' 5',
  '\t5',
  '5 ',
  '',
  'g',
  '5h',
  '5\x00',
  '5\xa0',
  '00000000000000005',
  '10000000000000005',
  'fffffffffffffffff',
]

t.test('sizes that are no plain hexadecimal number: the upload is cut, first chunk or later', async t => {
  const lane = await openLane(t)
  await assertBroken(
    t,
    lane,
    sizes.flatMap(size => [
      [`first ${JSON.stringify(size)}`, chunked(`${size}\r\nhello\r\n0\r\n\r\n`)] as const,
      [`later ${JSON.stringify(size)}`, chunked(`1\r\n!\r\n${size}\r\nhello\r\n0\r\n\r\n`)] as const,
    ]),
  )
})

t.test('a size of 17 digits is refused by its rule, although the parser takes it', async t => {
  const lane = await openLane(t)
  const bytes = chunked('00000000000000005\r\nhello\r\n0\r\n\r\n')
  t.equal(await refusalOf(lane, bytes), '400 REQUEST_MALFORMED http-chunk-size')
})

t.test('good sizes are taken in any letters, and written anew', async t => {
  const lane = await openLane(t)
  const text = 'hello world'
  await assertForwarded(
    t,
    lane,
    ['b', 'B', '0B', '000000000000000b'].map(size => [
      size,
      chunked(`${size}\r\n${text}\r\n0\r\n\r\n`),
      forwarded('POST', text),
    ]),
  )
})
