import t from 'tap'
import { LineBuffer } from '../../src/http1/line-buffer.ts'

t.test('puts a line together from copies of its pieces', async t => {
  const lines = new LineBuffer(1000)
  const piece = Buffer.from('GET /')
  t.ok(lines.add(piece))
  piece.fill('x')
  t.ok(lines.add(Buffer.from('a'.repeat(600))))
  t.equal(lines.end(Buffer.from('\r\n')).toString(), `GET /${'a'.repeat(600)}\r\n`)
  t.equal(lines.end(Buffer.from('b\n')).toString(), 'b\n', 'nothing is left of the one before')
})

t.test('refuses a line that becomes too long, and begins anew when cleared', async t => {
  const lines = new LineBuffer(4)
  t.ok(lines.add(Buffer.from('abcd')))
  t.notOk(lines.add(Buffer.from('e')))
  lines.clear()
  t.ok(lines.add(Buffer.from('ef')))
  t.equal(lines.end(Buffer.from('\n')).toString(), 'ef\n')
})
