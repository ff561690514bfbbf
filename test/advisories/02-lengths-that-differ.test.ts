import t from 'tap'
import { readFraming } from '../../src/http1/framing.ts'
import { isRefused } from '../../src/lib/refused.ts'
import { assertForwarded, assertRefused } from '../hostile/heads/assertions.ts'
import { forwarded, post } from '../hostile/heads/case.ts'
import { openLane } from '../hostile/heads/lane.ts'

/**
 * Threat 2: two lengths, a list of them, or one that is no number, each taken differently by the next reader.
 * Advisories: CVE-2026-1525, CVE-2023-40225
 * Defence: node's parser is strict; readFraming takes one field of plain digits and refuses its imitations
 * (src/http1/framing.ts).
 */

t.test('two lengths, lists and what is no plain number: refused', async t => {
  const lane = await openLane(t)
  const length = (value: string) => post(`Content-Length: ${value}\r\n`, 'hello')
  const parser = '400 REQUEST_MALFORMED http-parser'
  await assertRefused(t, lane, [
    ['two that differ', post('Content-Length: 5\r\nContent-Length: 6\r\n', 'hello'), parser],
    ['two that are equal', post('Content-Length: 5\r\nContent-Length: 5\r\n', 'hello'), parser],
    ...['5,5', '5, 6', '', '+5', '-5', '0x5', '5_0', '5.0', '"5"', '5 5', '5e0', '\xb2'].map(
      value => [value, length(value), parser] as const,
    ),
    ['zeroes in front', length('00000000000000005'), '400 REQUEST_MALFORMED length-not-digits'],
    ...['Content_Length', 'content.length', '-Content--Length-'].map(
      name => [name, post(`${name}: 5\r\n`), '400 REQUEST_MALFORMED field-imitates'] as const,
    ),
  ])
})

t.test('two lengths and a strange one are refused also where the parser had let them pass', async t => {
  const framingOf = (...lengths: string[]) => {
    const headers = ['Host', 'a', ...lengths.flatMap(value => ['Content-Length', value])]
    const folded = ['host', ...lengths.map(() => 'content-length')]
    const read = readFraming(headers, folded, '1.1', { headerCountMax: 10, headerBytesMax: 1000 })
    return isRefused(read) ? read.rule : read.contentLength
  }
  t.equal(framingOf('5', '6'), 'field-repeated')
  t.equal(framingOf('5', '5'), 'field-repeated')
  for (const value of ['', '5,5', '+5', '-5', '0x5', '5_0', ' 5', '5 '])
    t.equal(framingOf(value), 'length-not-digits', value)
  t.equal(framingOf('5'), 5)
})

t.test('one length goes on as one length, in plain digits', async t => {
  const lane = await openLane(t)
  await assertForwarded(t, lane, [
    ['zeroes in front', post('Content-Length: 0005\r\n', 'hello'), forwarded('POST', 'hello')],
    ['blanks around it', post('content-length:\t 5 \r\n', 'hello'), forwarded('POST', 'hello')],
  ])
})
