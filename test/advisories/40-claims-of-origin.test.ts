import t from 'tap'
import { trustedChain } from '../../src/http1/client-address.ts'
import { claimNames, claims } from '../hostile/headers/claims.ts'
import { openDesk } from '../hostile/headers/deliver.ts'
import { faultsOf } from '../hostile/headers/faults.ts'
import { valuesOf } from '../support/strict-http.ts'

/**
 * Threat 40: forwarded fields and their many aliases are believed, whoever wrote them.
 * Advisories: CVE-2026-39858, CVE-2026-35051, CVE-2026-54764, CVE-2026-33495, CVE-2026-3635
 * Defence: every field that a service may believe of a proxy in front of it stays behind (src/http1/believed-fields.ts);
 * X-Forwarded-For, -Host and -Proto are built anew from the socket and from as much as the configured hops are known to
 * have written (src/http1/forwarded.ts, src/http1/client-address.ts).
 */

t.test('no claim of a client reaches the service, in any spelling', async t => {
  const desk = await openDesk(t)
  t.ok(claimNames.length >= 25)
  const delivered = await desk.deliver(claims)
  t.same(delivered.flatMap(faultsOf), [])
  t.ok(
    delivered.every(({ request }) => request !== null),
    'honest clients send some of them',
  )
  for (const { request } of delivered) {
    t.same(valuesOf(request!, 'x-forwarded-for'), ['127.0.0.1'])
    t.same(valuesOf(request!, 'x-forwarded-proto'), ['http'])
    t.same(valuesOf(request!, 'x-forwarded-host'), ['a.example'])
  }
})

const chains: readonly (readonly [fields: string, chain: string])[] = [
  ['', '127.0.0.1'],
  ['X-Forwarded-For: 6.6.6.6', '6.6.6.6, 127.0.0.1'],
  ['X-Forwarded-For: 6.6.6.6, 5.5.5.5, 4.4.4.4', '5.5.5.5, 4.4.4.4, 127.0.0.1'],
  [
    'X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 5.5.5.5\r\nX-Forwarded-For: 4.4.4.4',
    '5.5.5.5, 4.4.4.4, 127.0.0.1',
  ],
  ['X-Forwarded-For: 6.6.6.6\r\nx_forwarded_for: 5.5.5.5', '6.6.6.6, 127.0.0.1'],
  ['X-Forwarded-For: ::ffff:6.6.6.6, ::FFFF:505:505', '6.6.6.6, 5.5.5.5, 127.0.0.1'],
  ['X-Forwarded-For: 6.6.6.6:80, [2001:DB8::1]:443', '6.6.6.6, 2001:db8::1, 127.0.0.1'],
  ['X-Forwarded-For: 6.6.6.6, fe80::1%eth0', '6.6.6.6, fe80::1, 127.0.0.1'],
  ['X-Forwarded-For: 6.6.6.6, unknown', '127.0.0.1'],
  ['X-Forwarded-For: unknown, 5.5.5.5', '5.5.5.5, 127.0.0.1'],
  ['X-Forwarded-For: 6.6.6.6, _hidden, 5.5.5.5', '5.5.5.5, 127.0.0.1'],
  ['X-Forwarded-For: 6.6.6.6,', '127.0.0.1'],
  ['X-Forwarded-For: 010.0.0.1', '127.0.0.1'],
  ['X-Forwarded-For: 0x7f.1', '127.0.0.1'],
  ['X-Forwarded-For: 6.6.6.6 5.5.5.5', '127.0.0.1'],
  ['X-Forwarded-For: "6.6.6.6"', '127.0.0.1'],
  ['Forwarded: for=6.6.6.6;proto=https', '127.0.0.1'],
  [`X-Forwarded-For: ${'9.9.9.9,'.repeat(500)}5.5.5.5,4.4.4.4`, '5.5.5.5, 4.4.4.4, 127.0.0.1'],
]

t.test('behind two trusted hops, what they wrote counts and nothing before it', async t => {
  const desk = await openDesk(t, { sections: { bounds: 'bounds: { trustedHops: 2 }' } })
  const cases = chains.map(([fields]) => ({ name: fields, fields: fields === '' ? '' : `${fields}\r\n` }))
  const delivered = await desk.deliver(cases)
  for (const [index, [fields, chain]] of chains.entries())
    t.same(valuesOf(delivered[index]!.request!, 'x-forwarded-for'), [chain], fields.slice(0, 80))
  const [odd] = await desk.deliver([
    { name: 'odd', fields: 'X_Forwarded_Proto: https\r\nX.Forwarded.Host: evil\r\n' },
  ])
  t.same(valuesOf(odd!.request!, 'x-forwarded-proto'), ['http'])
  t.same(valuesOf(odd!.request!, 'x-forwarded-host'), ['a.example'])
})

t.test('of a thousand entries no more are read than hops are trusted', async t => {
  let read = 0
  const entries = ['9.9.9.9,'.repeat(999), '5.5.5.5'].join('')
  const headers = Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? 'X-Forwarded-For' : entries))
  const watched = new Proxy(headers, {
    get: (list, key) => {
      if (typeof key === 'string' && Number(key) % 2 === 1) read += 1
      return Reflect.get(list, key)
    },
  })
  t.same(trustedChain('127.0.0.1', watched, 2), ['9.9.9.9', '5.5.5.5', '127.0.0.1'])
  t.equal(read, 1)
})

t.test('an operator lets a claim through by its name, in that spelling alone', async t => {
  const desk = await openDesk(t, { sections: { tenancy: 'tenancy: { passFields: [CF-IPCountry] }' } })
  const fields = 'cf-ipcountry: DE\r\nCF_IPCountry: spoofed\r\nCF-Connecting-IP: spoofed\r\n'
  const [seen] = await desk.deliver([{ name: 'passed', fields }])
  t.same(faultsOf(seen!), [])
  t.same(valuesOf(seen!.request!, 'cf-ipcountry'), ['DE'])
})
