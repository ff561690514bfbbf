import t from 'tap'
import { assertBroken, assertForwarded } from '../hostile/heads/assertions.ts'
import { chunked, forwarded } from '../hostile/heads/case.ts'
import { openLane } from '../hostile/heads/lane.ts'

/**
 * Threat 11: chunk extensions in which a reader loses the end of the line, or which cost much and carry nothing.
 * Advisories: CVE-2021-22960, CVE-2024-22019, CVE-2023-39326
 * Defence: node's parser knows their form and takes 16 KiB of them in a body; the watch on the same bytes ends their line
 * at CRLF alone (src/http1/request-watch.ts). None ever goes on: chunks are written anew.
 */

const each = (extension: string) => chunked(`5${extension}\r\nhello\r\n0${extension}\r\n\r\n`)

t.test('extensions end at this hop', async t => {
  const lane = await openLane(t)
  await assertForwarded(
    t,
    lane,
    [';x', ';x=y', ';x="y z"', ';x=y;z', `;${'x'.repeat(5000)}`].map(extension => [
      extension.slice(0, 20),
      each(extension),
      forwarded('POST', 'hello'),
    ]),
  )
})

t.test('extensions that end in another way than their line cut the upload', async t => {
  const lane = await openLane(t)
  await assertBroken(
    t,
    lane,
    ['\n', ';\n', ';x\n', ';x="\n', ';x\r', ';x="a\r\n"', ';x\0', ';x\x7f', ';\r\n5', ' ;x', ';x y'].map(
      extension => [JSON.stringify(extension), each(extension)],
    ),
  )
})

t.test('extensions beyond 16 KiB cut the upload, in one chunk and in many', async t => {
  const lane = await openLane(t)
  await assertBroken(t, lane, [
    ['one of 64 KiB', each(`;${'x'.repeat(65_536)}`)],
    ['many of 1 KiB', chunked(`${`1;${'x'.repeat(1024)}\r\n!\r\n`.repeat(20)}0\r\n\r\n`)],
  ])
})
