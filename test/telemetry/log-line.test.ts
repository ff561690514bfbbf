import t from 'tap'
import { lineCharactersMax, safeLine } from '../../src/telemetry/log-line.ts'

const lineOf = (fields: unknown) => `${JSON.stringify(fields)}\n`

t.test('a line of plain ASCII stays as it is', async t => {
  const line = lineOf({ msg: 'a "b" \\ \n \u0000', n: 1 })
  t.equal(safeLine(line), line)
})

t.test('what is not printable ASCII is escaped, and reads as before', async t => {
  const fields = {
    'k\u009bey': '\u007f\u0085\u009b31m\u00a0é\u2028\u2029\u202e\ufeff𝔞\ud800',
    msg: '\r\n\u001b[2J',
  }
  const line = safeLine(lineOf(fields))
  t.match(line, /^[\x20-\x7e]+\n$/)
  t.same(JSON.parse(line), fields)
})

t.test('a line that is too long has its long strings and lists cut, and tells so', async t => {
  const long = lineOf({
    level: 'info',
    msg: 'request',
    id: 'a',
    text: 'x'.repeat(20_000),
    list: Array(5000).fill(7),
  })
  const read = JSON.parse(safeLine(long))
  t.match(read, { level: 'info', msg: 'request', id: 'a', shortened_from: long.length })
  t.match(read.text, /^x{512}… and 19488 more$/)
  t.equal(read.list.length, 32)
})

t.test('whatever is logged, a line is bounded, and says what and when', async t => {
  const wide = Object.fromEntries(Array.from({ length: 3000 }, (_, n) => [`field-${n}`, '\u2028'.repeat(9)]))
  for (const more of [wide, { text: '\u{1f600}'.repeat(9000), other: '\u{1f600}'.repeat(9000) }]) {
    const line = safeLine(
      lineOf({ level: 'warn', time: 'now', msg: 'm'.repeat(3000), request_id: 'r', ...more }),
    )
    t.ok(line.length <= lineCharactersMax, String(line.length))
    t.match(line, /^[\x20-\x7e]+\n$/)
    t.match(JSON.parse(line), { level: 'warn', time: 'now', request_id: 'r', msg: /^m{512}… and 2488 more$/ })
  }
})
