import t from 'tap'
import { ConnectionsPerAddress } from '../../src/limit/connections-per-address.ts'

t.test('lets so many of one address in, and another for each that leaves', async t => {
  const connections = new ConnectionsPerAddress(2)
  const enter = (address: string) => connections.enter(address)
  t.same(['192.0.2.1', '::ffff:192.0.2.1', '192.0.2.1', '192.0.2.2'].map(enter), [true, true, false, true])
  connections.leave('192.0.2.1')
  t.same(['192.0.2.1', '192.0.2.1'].map(enter), [true, false])
  t.same(['2001:db8::1', '2001:db8::2', '2001:db8::3', '2001:db8:0:1::1'].map(enter), [
    true,
    true,
    false,
    true,
  ])
})

t.test('keeps nothing of an address that has left', async t => {
  const connections = new ConnectionsPerAddress(2)
  for (let index = 0; index < 1000; index += 1) connections.enter(`2001:db8:0:${index.toString(16)}::1`)
  t.equal(connections.size, 1000)
  for (let index = 0; index < 1000; index += 1) connections.leave(`2001:db8:0:${index.toString(16)}::1`)
  t.equal(connections.size, 0)
})
