import t from 'tap'
import { assertForwarded, assertRefused } from '../hostile/heads/assertions.ts'
import { forwarded, post } from '../hostile/heads/case.ts'
import { openLane } from '../hostile/heads/lane.ts'

/**
 * Threat 4: a Transfer-Encoding that one reader takes for chunked and the next does not.
 * Advisories: CVE-2019-18277, CVE-2022-32213, CVE-2022-32215
 * Defence: only one field that is exactly `chunked`, in any letters, is taken (src/http1/framing.ts); the service is sent
 * `chunked` as undici writes it.
 */

const body = '5\r\nhello\r\n0\r\n\r\n'

t.test('anything but one exact chunked: refused', async t => {
  const lane = await openLane(t)
  const coding = (value: string) => post(`Transfer-Encoding: ${value}\r\n`, body)
  const rows = (values: readonly string[], rule: string) =>
    values.map(value => [JSON.stringify(value), coding(value), `400 REQUEST_MALFORMED ${rule}`] as const)
  await assertRefused(t, lane, [
    ...rows(
      [
        ',chunked',
        ', chunked',
        'xchunked',
        'chunke',
        'chunked chunked',
        'chunked;',
        'chunked;q=1',
        'gzip',
        'identity',
        '"chunked"',
      ],
      'coding-unknown',
    ),
    ...rows(['\x85chunked', 'chunked\xa0', 'chun\xe2\x84\xaaed'], 'field-character'),
    ...rows(
      ['\x0bchunked', 'chunked\x00', '\x7fchunked', 'chunked, identity', 'chunked, chunked'],
      'http-parser',
    ),
    [
      'twice',
      post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', body),
      '400 REQUEST_MALFORMED http-parser',
    ],
    [
      'identity, then chunked',
      post('Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n', body),
      '400 REQUEST_MALFORMED field-repeated',
    ],
    ...['Transfer_Encoding', 'Transfer---Encoding', '_Transfer.Encoding'].map(
      name => [name, post(`${name}: chunked\r\n`, body), '400 REQUEST_MALFORMED field-imitates'] as const,
    ),
  ])
})

t.test('chunked in other letters goes on as exactly chunked', async t => {
  const lane = await openLane(t)
  await assertForwarded(t, lane, [
    ['capitals', post('TRANSFER-ENCODING: CHUNKED\r\n', body), forwarded('POST', 'hello')],
    ['mixed', post('transfer-encoding:ChUnKeD\r\n', body), forwarded('POST', 'hello')],
  ])
})
