import t from 'tap'
import type { RefusalCode } from '../../src/proxy/refusal.ts'
import { refusalOf, refusals } from '../../src/proxy/refusal.ts'

const codes = Object.keys(refusals) as RefusalCode[]

t.test('every refusal has a client’s status, a title and a hint', async t => {
  for (const code of codes) {
    const { status, title, hint } = refusals[code]
    t.ok((status >= 400 && status < 500) || status === 505, `${code}: ${status}`)
    t.match(title, /^[A-Z].+[^.]$/, `${code}: a title is a sentence without its full stop`)
    t.match(hint, /^[A-Z].+[.]$/, `${code}: a hint is a whole sentence`)
  }
})

t.test('a code is upper case, and no two say the same', async t => {
  for (const code of codes) t.match(code, /^[A-Z]+(_[A-Z]+)*$/)
  t.equal(new Set(codes.map(code => refusals[code].title)).size, codes.length)
})

t.test('rows are frozen, carry their code, and are the same object each time', async t => {
  t.ok(Object.isFrozen(refusals))
  for (const code of codes) {
    t.ok(Object.isFrozen(refusals[code]))
    t.ok(Object.isFrozen(refusalOf(code)))
    t.same(refusalOf(code), { code, ...refusals[code] })
    t.equal(refusalOf(code), refusalOf(code))
  }
})
