import t from 'tap'
import { plainValue, substitute } from '../../src/config/variables.ts'

t.test('a default stands in where the variable is unset or empty', async t => {
  t.same(substitute('${A:-x}', {}), { text: 'x' })
  t.same(substitute('${A:-x}', { A: '' }), { text: 'x' })
  t.same(substitute('${A:-x}', { A: 'y' }), { text: 'y' })
  t.same(substitute('${A:-http://h:1/}', {}), { text: 'http://h:1/' })
})

t.test('an empty variable without a default is empty, an unset one is a mistake', async t => {
  t.same(substitute('<${A}>', { A: '' }), { text: '<>' })
  t.match(substitute('${A}${B}', {}), { expected: /variable A, B/ })
  t.match(substitute('${toString}', {}), { expected: /toString/ }, 'what every object inherits is not set')
})

t.test('a doubled dollar sign escapes, and a broken reference is a mistake', async t => {
  t.same(substitute('$${A} $5', {}), { text: '${A} $5' })
  for (const broken of ['${', '${}', '${1A}', '${A:x}', '${A-x}'])
    t.match(substitute(broken, {}), { expected: /NAME/ })
})

t.test('unquoted text is a number, a truth value or nothing only where it looks like one', async t => {
  t.same(
    [
      '12',
      '-1.5',
      '1e3',
      'true',
      'false',
      'null',
      '~',
      '',
      '0x1f',
      '1_000',
      'yes',
      '12345678901234567890',
    ].map(plainValue),
    [12, -1.5, 1000, true, false, null, null, null, '0x1f', '1_000', 'yes', '12345678901234567890'],
  )
})
