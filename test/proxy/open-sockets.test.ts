import t from 'tap'
import type { SocketPlace } from '../../src/proxy/open-sockets.ts'
import { OpenSockets } from '../../src/proxy/open-sockets.ts'

t.test('one tenant has only so many, and another still has its own', async t => {
  const sockets = new OpenSockets({ socketsMax: 10, perTenantMax: 2 })
  const first = sockets.take('acme') as SocketPlace
  sockets.take('acme')
  t.equal(sockets.take('acme'), 'tenant')
  t.type(sockets.take('globex'), 'object')
  first.leave()
  t.type(sockets.take('acme'), 'object', 'a place that was left is free')
  t.equal(sockets.size, 3)
})

t.test('all together have only so many', async t => {
  const sockets = new OpenSockets({ socketsMax: 2, perTenantMax: 2 })
  sockets.take('acme')
  const place = sockets.take('globex') as SocketPlace
  t.equal(sockets.take('initech'), 'all')
  place.leave()
  t.type(sockets.take('initech'), 'object')
})

t.test('a place that is left twice was one place', async t => {
  const sockets = new OpenSockets({ socketsMax: 1, perTenantMax: 1 })
  const place = sockets.take(null) as SocketPlace
  place.leave()
  place.leave()
  t.equal(sockets.size, 0)
  t.type(sockets.take(null), 'object')
  t.equal(sockets.take(null), 'tenant', 'what belongs to no tenant shares one bound')
})
