import t from 'tap'
import { ClientSide } from '../../src/proxy/client-side.ts'

t.test('tells its listener once, however often the client leaves', async t => {
  const client = new ClientSide()
  let times = 0
  client.onGone(() => {
    times += 1
  })
  t.equal(client.gone, false)
  client.leave()
  client.leave()
  t.equal(client.gone, true)
  t.equal(times, 1)
})

t.test('tells a late listener at once', async t => {
  const client = new ClientSide()
  client.leave()
  let told = false
  client.onGone(() => {
    told = true
  })
  t.equal(told, true)
})
