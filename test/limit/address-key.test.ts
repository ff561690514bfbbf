import t from 'tap'
import { addressKey } from '../../src/limit/address-key.ts'

t.test('an IPv4 address counts whole, in every spelling that IPv6 has for it', async t => {
  for (const spelling of [
    '192.0.2.1',
    '::ffff:192.0.2.1',
    '::FFFF:192.0.2.1',
    '::ffff:c000:201',
    '0:0:0:0:0:ffff:c000:0201',
    '0000:0000:0000:0000:0000:FFFF:192.0.2.1',
  ])
    t.equal(addressKey(spelling), '192.0.2.1', spelling)
  t.not(addressKey('192.0.2.2'), '192.0.2.1')
})

t.test('an IPv6 address counts by its /64, in every spelling', async t => {
  for (const spelling of [
    '2001:db8:0:7::1',
    '2001:db8:0:7:ffff:ffff:ffff:ffff',
    '2001:DB8::7:0:0:0:1',
    '2001:0db8:0000:0007:0000:0000:0000:0001',
    '2001:db8:0:7::192.0.2.1',
    '2001:db8:0:7::1%eth0',
  ])
    t.equal(addressKey(spelling), '2001:db8:0:7::/64', spelling)
  t.equal(addressKey('2001:db8:0:8::1'), '2001:db8:0:8::/64')
  t.equal(addressKey('::1'), '0:0:0:0::/64')
  t.equal(addressKey('::'), '0:0:0:0::/64')
  t.equal(addressKey('fe80::1:2:3:4'), 'fe80:0:0:0::/64')
})
