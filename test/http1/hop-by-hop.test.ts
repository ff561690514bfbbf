import t from 'tap'
import { foldNames } from '../../src/http1/field-name.ts'
import { asksToClose, readConnectionOptions } from '../../src/http1/hop-by-hop.ts'

const read = (...values: string[]) => {
  const headers = values.flatMap(value => ['Connection', value])
  return readConnectionOptions(headers, foldNames(headers))
}

t.test('reads the names of every Connection field, folded', async t => {
  t.same(read(), [])
  t.same(read('keep-alive'), ['keep-alive'])
  t.same(read('close', 'X-A'), ['close', 'x-a'])
  t.same(read('X_A,\tY , ,z'), ['x-a', 'y', 'z'])
  t.same(read(''), [])
})

t.test('refuses one that names what cannot end here, in any spelling, or is no list', async t => {
  for (const value of [
    'host',
    'x, Content_Length',
    'AUTHORIZATION',
    'content-type',
    'cookie',
    'Expect',
    '"close"',
    'a b',
    'a;b',
    '\xa0close',
    'close\x0b',
  ])
    t.match(read(value), { refused: 'REQUEST_MALFORMED' }, value)
})

t.test('refuses more names than any client has reason to send, in one field or in many', async t => {
  const names = (count: number) => Array.from({ length: count }, (_, index) => `x-${index}`)
  t.equal((read(names(64).join()) as readonly string[]).length, 64)
  for (const values of [[names(65).join()], names(65), [','.repeat(65)], [names(64).join(), 'close']])
    t.match(read(...values), { refused: 'REQUEST_MALFORMED', rule: 'connection-too-many' })
  t.equal(asksToClose(['Connection', ','.repeat(30_000)]), true)
})

t.test('knows when nothing may follow', async t => {
  for (const value of ['close', 'CLOSE', 'a, close', 'close\t', '\tclose , a', 'close;'])
    t.equal(asksToClose(['connection', value]), true, JSON.stringify(value))
  for (const value of ['keep-alive', 'Upgrade', 'closed', 'x-close', ''])
    t.equal(asksToClose(['Connection', value]), false, value)
  t.equal(asksToClose(['Connection', 'keep-alive', 'CONNECTION', 'close']), true)
  t.equal(asksToClose(['X', 'close']), false)
})
