import t from 'tap'
import { AddressShare } from '../../src/limit/address-share.ts'
import { createAddressLimit, unlimitedAddresses } from '../../src/proxy/address-limit.ts'
import { arrived } from '../support/arrival.ts'
import { createManualClock } from '../support/manual-clock.ts'

function build(trustedHops: number, perSecond = 1, togetherPerSecond = 100) {
  const clock = createManualClock(0)
  const share = new AddressShare({ perSecond, togetherPerSecond, addressesMax: 100, clock })
  return { clock, limit: createAddressLimit(share, trustedHops) }
}

function from(address: string, forwardedFor: string | null = null) {
  const headers = forwardedFor === null ? [] : ['X-Forwarded-For', forwardedFor]
  return arrived({ peer: { address, port: 1, encrypted: false }, headers: ['Host', 'a', ...headers] })
}

t.test('ADDRESS_LIMITED with a Retry-After that is true, and the address for the log only', async t => {
  const { clock, limit } = build(0)
  const exchange = from('2001:db8::1')
  t.equal(limit.take(exchange), null)
  t.equal(limit.take(exchange), null)
  t.match(limit.take(exchange), {
    refusal: { code: 'ADDRESS_LIMITED', status: 429 },
    headers: ['Retry-After', '1'],
    detail: /^2001:db8:0:0::\/64 .*bounds\.unprovenPerAddressPerSecond/,
    mode: 'enforce',
  })
  clock.advance(1000)
  t.equal(limit.take(exchange), null)
})

t.test('says whose share is used up', async t => {
  const { limit } = build(0, 100, 1)
  for (const address of ['192.0.2.1', '192.0.2.2']) t.equal(limit.take(from(address)), null)
  t.match(limit.take(from('192.0.2.3')), { detail: /bounds\.unprovenPerSecond together/ })
})

t.test('charges the socket, whatever is claimed, and whom a trusted hop names', async t => {
  const untrusting = build(0).limit
  t.same(
    ['1.1.1.1', '2.2.2.2', '3.3.3.3'].map(claim => untrusting.take(from('192.0.2.1', claim)) === null),
    [true, true, false],
  )
  const trusting = build(1).limit
  for (const client of ['1.1.1.1', '2.2.2.2', '3.3.3.3'])
    t.same(
      ['9.9.9.9', '8.8.8.8', '7.7.7.7'].map(
        rotated => trusting.take(from('192.0.2.1', `${rotated}, ${client}`)) === null,
      ),
      [true, true, false],
    )
})

t.test('gives back to whom it took from', async t => {
  const { limit } = build(1)
  for (let time = 0; time < 10; time += 1) {
    t.equal(limit.take(from('192.0.2.1', '1.1.1.1')), null)
    limit.giveBack(from('192.0.2.1', '1.1.1.1'))
  }
})

t.test('can be turned off', async t => {
  for (let time = 0; time < 5000; time += 1) t.equal(unlimitedAddresses.take(from('192.0.2.1')), null)
})
