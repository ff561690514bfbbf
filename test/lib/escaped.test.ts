import t from 'tap'
import { escaped } from '../../src/lib/escaped.ts'

t.test('shows printable ASCII as it is and every other byte escaped', async t => {
  t.equal(escaped('chunked'), 'chunked')
  t.equal(escaped('\x0bchunked\r\n\x85'), '\\x0bchunked\\x0d\\x0a\\x85')
  t.equal(escaped('a\\x0b'), 'a\\\\x0b', 'so that nothing can pass for an escape')
  t.equal(escaped('\u{202e}'), '\\u{202e}')
  t.equal(escaped(''), '')
})

t.test('cuts what is long, and says how much is missing', async t => {
  t.equal(escaped('a'.repeat(32)), 'a'.repeat(32))
  t.equal(escaped('a'.repeat(1000)), `${'a'.repeat(32)}… and 968 more`)
})
