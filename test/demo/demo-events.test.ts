import { once } from 'node:events'
import { createServer, get, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { createDemoEvents } from '../../src/demo/demo-events.ts'
import { createManualClock } from '../support/manual-clock.ts'

const clock = createManualClock(0)
const server = createServer(createDemoEvents(clock)).listen(0, '127.0.0.1')
await once(server, 'listening')
t.teardown(() => server.close())
const { port } = server.address() as AddressInfo

t.test('the stream ends after an hour of events', async t => {
  const [response] = await once(get({ port, host: '127.0.0.1' }), 'response')
  let text = ''
  response.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  clock.advance(2 * 3600 * 1000)
  await once(response, 'end')
  t.equal(text.match(/^event: tick$/gm)?.length, 3600)
  t.equal(clock.timerCount(), 0)
})

t.test('HEAD is answered without events', async t => {
  const asked = request({ port, host: '127.0.0.1', method: 'HEAD' }).end()
  const [response] = await once(asked, 'response')
  t.equal(response.headers['content-type'], 'text/event-stream')
  response.resume()
  await once(response, 'end')
  t.equal(clock.timerCount(), 0)
})
