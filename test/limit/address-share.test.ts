import t from 'tap'
import { AddressShare } from '../../src/limit/address-share.ts'
import { createManualClock } from '../support/manual-clock.ts'

function build(more: Partial<ConstructorParameters<typeof AddressShare>[0]> = {}) {
  const clock = createManualClock(0)
  const share = new AddressShare({ perSecond: 5, togetherPerSecond: 20, addressesMax: 100, clock, ...more })
  /** How many of `times` this address is let have. */
  const taken = (address: string, times: number) => {
    let count = 0
    for (let time = 0; time < times; time += 1) if (share.take(address) === null) count += 1
    return count
  }
  /** Makes it an address of which a good token came. */
  const prove = (address: string) => {
    t.equal(share.take(address), null)
    share.giveBack(address)
  }
  return { clock, share, taken, prove }
}

/** One network of 2^32, each with an address of its own. */
function network(index: number): string {
  return `2001:db8:${(index >> 16).toString(16)}:${(index & 0xffff).toString(16)}::1`
}

t.test('an address has twice its share at first, then its share, and no other pays for it', async t => {
  const { clock, share, taken } = build()
  t.equal(taken('192.0.2.1', 50), 10)
  t.match(share.take('192.0.2.1'), { address: '192.0.2.1', share: 'own', retryAfterMs: 200 })
  t.equal(taken('192.0.2.2', 5), 5)
  clock.advance(200)
  t.equal(taken('192.0.2.1', 50), 1)
  clock.advance(60_000)
  t.equal(taken('192.0.2.1', 50), 10)
})

t.test('all addresses of one /64, and all spellings of an IPv4 address, are one', async t => {
  const { taken } = build()
  t.equal(taken('2001:db8::1', 6) + taken('2001:db8::2', 6) + taken('2001:db8:0:0:ffff::', 6), 10)
  t.equal(taken('192.0.2.1', 6) + taken('::ffff:192.0.2.1', 6) + taken('::ffff:c000:201', 6), 10)
})

t.test('whoever changes the network with each request has what strangers have together', async t => {
  const { clock, share } = build()
  let taken = 0
  for (let index = 0; index < 10_000; index += 1) if (share.take(network(index)) === null) taken += 1
  t.equal(taken, 40)
  t.match(share.take(network(7)), { share: 'common', retryAfterMs: 50 })
  t.equal(share.held().stranger, 40, 'who is refused is not even kept')
  clock.advance(1000)
  for (let index = 0; index < 10_000; index += 1) if (share.take(network(index)) === null) taken += 1
  t.equal(taken, 60)
})

t.test('a flood of strangers leaves those alone of which a good token came', async t => {
  const { clock, share, taken, prove } = build({ addressesMax: 50 })
  prove('192.0.2.1')
  for (let round = 0; round < 100; round += 1) {
    for (let index = 0; index < 100; index += 1) share.take(network(round * 100 + index))
    clock.advance(1000)
  }
  t.same(share.held(), { stranger: 50, proven: 1 }, 'and holds no more than so many')
  for (let index = 0; index < 100; index += 1) share.take(network(index))
  t.equal(taken('198.51.100.1', 5), 0, 'nothing is left for strangers')
  t.equal(taken('192.0.2.1', 50), 10, 'nor more than its share for one that is none')
})

t.test('what is given back can be taken again, and costs neither the address nor the others', async t => {
  const { share, taken, prove } = build()
  for (let time = 0; time < 1000; time += 1) prove('192.0.2.1')
  t.equal(taken('192.0.2.1', 50), 10)
  t.same(share.held(), { stranger: 0, proven: 1 })
  for (let index = 0; index < 100; index += 1) prove(network(index))
  t.equal(taken('198.51.100.1', 50), 10, 'strangers have all of theirs')
})

t.test('an address that becomes proven keeps what it has used up', async t => {
  const { taken, prove } = build()
  t.equal(taken('192.0.2.1', 8), 8)
  prove('192.0.2.1')
  t.equal(taken('192.0.2.1', 50), 2)
})

t.test('also what is proven has a share together, and no larger table', async t => {
  const { share, taken, prove } = build({ addressesMax: 10 })
  for (let index = 0; index < 30; index += 1) prove(network(index))
  t.equal(share.held().proven, 10)
  let total = 0
  for (let index = 20; index < 30; index += 1) total += taken(network(index), 50)
  t.equal(total, 40)
})

t.test('an address that was forgotten while a token of it was verified is proven all the same', async t => {
  const { share, taken } = build({ addressesMax: 1 })
  share.take('192.0.2.1')
  share.take('192.0.2.2')
  share.giveBack('192.0.2.1')
  t.same(share.held(), { stranger: 1, proven: 1 })
  t.equal(taken('192.0.2.1', 50), 10)
})
