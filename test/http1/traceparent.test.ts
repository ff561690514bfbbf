import t from 'tap'
import { newTraceparent, readTraceparent } from '../../src/http1/traceparent.ts'

const trace = '0af7651916cd43dd8448eb211c80319c'
const parent = 'b7ad6b7169203331'

t.test('takes a valid context, and a later version as far as it is known', async t => {
  t.equal(readTraceparent(`00-${trace}-${parent}-01`), `00-${trace}-${parent}-01`)
  t.equal(readTraceparent(`cc-${trace}-${parent}-01`), `00-${trace}-${parent}-01`)
  t.equal(readTraceparent(`cc-${trace}-${parent}-01-what-follows`), `00-${trace}-${parent}-01`)
})

t.test('takes nothing else', async t => {
  for (const value of [
    '',
    '00',
    `00-${trace}-${parent}`,
    `00-${trace}-${parent}-01-x`,
    `ff-${trace}-${parent}-01`,
    `cc-${trace}-${parent}-01x`,
    `00-${'0'.repeat(32)}-${parent}-01`,
    `00-${trace}-${'0'.repeat(16)}-01`,
    `00-${trace.toUpperCase()}-${parent}-01`,
    `00_${trace}_${parent}_01`,
    `cc-${trace}-${parent}-01-${'x'.repeat(300)}`,
  ])
    t.equal(readTraceparent(value), null, value)
})

t.test('makes a valid one, and draws again when it draws zeros', async t => {
  let draws = 0
  const made = newTraceparent(count => new Uint8Array(count).fill(draws++))
  t.equal(made, `00-${'01'.repeat(16)}-${'01'.repeat(8)}-00`)
  t.equal(readTraceparent(made), made)
})
