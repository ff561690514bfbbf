import t from 'tap'
import { clientAddress, trustedChain } from '../../src/http1/client-address.ts'

const name = 'X-Forwarded-For'

t.test('is the socket’s where no hop is trusted, in one spelling', async t => {
  t.equal(clientAddress('10.0.0.9', [name, '1.1.1.1'], 0), '10.0.0.9')
  t.equal(clientAddress('::ffff:10.0.0.9', [], 0), '10.0.0.9')
  t.equal(clientAddress('2001:db8::1', [], 0), '2001:db8::1')
})

t.test('is what the outermost trusted hop wrote', async t => {
  for (const [hops, headers, address] of [
    [1, [], '10.0.0.9'],
    [1, [name, '6.6.6.6, 5.5.5.5'], '5.5.5.5'],
    [2, [name, '6.6.6.6, 5.5.5.5'], '6.6.6.6'],
    [3, [name, '6.6.6.6, 5.5.5.5'], '6.6.6.6'],
    [2, [name, '6.6.6.6', 'Accept', '*/*', 'x-forwarded-for', '4.4.4.4'], '6.6.6.6'],
    [1, [name, '::ffff:3.3.3.3'], '3.3.3.3'],
  ] as const)
    t.equal(clientAddress('::ffff:10.0.0.9', headers, hops), address, `${hops} ${headers.join()}`)
  t.same(trustedChain('10.0.0.9', [name, '7.7.7.7, 6.6.6.6, 5.5.5.5'], 2), ['6.6.6.6', '5.5.5.5', '10.0.0.9'])
})

t.test('stops at what is no address, and believes nothing beyond', async t => {
  for (const nonsense of ['unknown', '', '_hidden', '1.2.3', '1.2.3.4.5', 'evil"', '[::1', '1.1.1.1:x'])
    t.same(trustedChain('10.0.0.9', [name, `2.2.2.2, ${nonsense}, 3.3.3.3`], 3), ['3.3.3.3', '10.0.0.9'])
})

t.test('knows one client by one spelling', async t => {
  for (const [entry, address] of [
    ['2001:DB8:0:0::1', '2001:db8::1'],
    ['2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
    ['::FFFF:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['0:0:0:0:0:ffff:c000:0201', '192.0.2.1'],
    ['[::ffff:c000:201]:80', '192.0.2.1'],
    ['::ffff:ffff:ffff', '255.255.255.255'],
    ['::ffff:1', '::ffff:1'],
    ['fe80::1%eth0', 'fe80::1'],
  ] as const)
    t.equal(clientAddress('10.0.0.9', [name, entry], 1), address, entry)
  t.equal(clientAddress('fe80::1%eth0', [], 0), 'fe80::1')
})

t.test('takes an address with its port for the address', async t => {
  for (const [entry, address] of [
    ['192.0.2.1:40123', '192.0.2.1'],
    ['[2001:db8::1]:40123', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['2001:db8::1', '2001:db8::1'],
  ] as const)
    t.equal(clientAddress('10.0.0.9', [name, entry], 1), address)
})

t.test('believes no other spelling of the field, which proxies in front do not know as theirs', async t => {
  for (const odd of ['x_forwarded_for', 'X-Forwarded_For', 'X.Forwarded.For', 'X-Forwarded-Fo', 'Forwarded'])
    t.equal(clientAddress('10.0.0.9', [name, '5.5.5.5', odd, '6.6.6.6'], 1), '5.5.5.5', odd)
})
