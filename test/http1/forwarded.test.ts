import t from 'tap'
import { addForwarded } from '../../src/http1/forwarded.ts'

function forwarded(headers: string[], hops: number, address = '10.0.0.9', host: string | null = 'a.example') {
  const to: string[] = []
  addForwarded(to, { address, encrypted: false, host }, headers, hops)
  return to
}

t.test('believes nobody by default', async t => {
  const claims = ['X-Forwarded-For', '1.1.1.1', 'X-Forwarded-Proto', 'https', 'X-Forwarded-Host', 'b']
  const ours = ['X-Forwarded-For', '10.0.0.9', 'X-Forwarded-Proto', 'http', 'X-Forwarded-Host', 'a.example']
  t.same(forwarded(claims, 0), ours)
  t.same(
    forwarded([], 0, '::ffff:10.0.0.9', null),
    ours.slice(0, 4),
    'one spelling of an address; no Host, no field',
  )
})

t.test('believes as many entries, from the right, as there are trusted hops', async t => {
  const claims = ['X-Forwarded-For', '6.6.6.6, 5.5.5.5', 'X-Forwarded-For', '4.4.4.4,::ffff:3.3.3.3']
  t.equal(forwarded(claims, 1)[1], '3.3.3.3, 10.0.0.9')
  t.equal(forwarded(claims, 3)[1], '5.5.5.5, 4.4.4.4, 3.3.3.3, 10.0.0.9')
  t.equal(forwarded(claims, 9)[1], '6.6.6.6, 5.5.5.5, 4.4.4.4, 3.3.3.3, 10.0.0.9')
})

t.test('believes one sound scheme and host from a trusted hop', async t => {
  t.same(forwarded(['X-Forwarded-Proto', 'https', 'X-Forwarded-Host', 'b:1'], 1).slice(2), [
    'X-Forwarded-Proto',
    'https',
    'X-Forwarded-Host',
    'b:1',
  ])
  t.same(forwarded(['X-Forwarded-Proto', 'gopher', 'X-Forwarded-Host', 'b/c'], 1).slice(2), [
    'X-Forwarded-Proto',
    'http',
    'X-Forwarded-Host',
    'a.example',
  ])
  t.equal(
    forwarded(['X-Forwarded-Proto', 'https', 'X-Forwarded-Proto', 'http'], 1)[3],
    'http',
    'two are none',
  )
  t.equal(forwarded(['X_Forwarded_Proto', 'https'], 1)[3], 'http', 'another spelling is none')
})
