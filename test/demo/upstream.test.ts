import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { get } from 'node:http'
import t from 'tap'
import { WebSocket } from 'ws'
import { startDemoUpstream } from '../../src/demo/upstream.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { connectRaw } from '../support/raw-peer.ts'

const clock = createManualClock(1_750_000_000_000)
const service = await startDemoUpstream({ host: '127.0.0.1', port: 0, clock })
t.teardown(() => service.close())

t.test('health needs nothing', async t => {
  t.same(await json('/health'), { status: 'healthy' })
})

t.test('whoami shows the fields that reached it', async t => {
  const shown = await json('/whoami?a=b', { headers: { 'X-QLP-Tenant-Id': 't-1' } })
  t.match(shown, { 'x-qlp-tenant-id': 't-1', host: new URL(service.url).host })
})

t.test('notes belong to the tenant that was proven, whatever the path says', async t => {
  const acme = { 'X-QLP-Tenant-Id': 't-acme' }
  const globex = { 'X-QLP-Tenant-Id': 't-globex' }
  const added = await fetch(`${service.url}/notes`, {
    method: 'POST',
    headers: acme,
    body: '{"text":"hello"}',
  })
  t.equal(added.status, 201)
  t.match(await added.json(), { tenant: 't-acme', note: { text: 'hello', workspace: null } })
  t.match(await json('/tenants/acme/notes', { headers: acme }), { notes: [{ text: 'hello' }] })
  t.match(await json('/tenants/acme/notes', { headers: globex }), { tenant: 't-globex', notes: [] })
  t.equal((await fetch(`${service.url}/tenants/acme/notes`)).status, 400)
})

t.test('notes of a workspace are shown in it alone', async t => {
  const lab = { 'X-QLP-Tenant-Id': 't-lab', 'X-QLP-Workspace-Id': 'w-1' }
  await fetch(`${service.url}/notes`, { method: 'POST', headers: lab, body: '{"text":"in the lab"}' })
  t.match(await json('/workspaces/lab/notes', { headers: lab }), {
    workspace: 'w-1',
    notes: [{ text: 'in the lab' }],
  })
  const other = { ...lab, 'X-QLP-Workspace-Id': 'w-2' }
  t.match(await json('/workspaces/lab/notes', { headers: other }), { notes: [] })
})

t.test('a note that is none is refused', async t => {
  const headers = { 'X-QLP-Tenant-Id': 't-acme' }
  for (const body of ['', '{', 'null', '{"text":7}', `{"text":"${'x'.repeat(70_000)}"}`]) {
    t.equal((await fetch(`${service.url}/notes`, { method: 'POST', headers, body })).status, 400)
  }
})

t.test(
  'the first event comes at once, the next after a second, and none after the client has left',
  async t => {
    const response = await open('/events')
    t.equal(response.headers['content-type'], 'text/event-stream')
    response.setEncoding('utf8')
    t.match((await once(response, 'data'))[0], /^id: 1\nevent: tick\ndata: {"count":1,/)
    clock.advance(1000)
    t.match((await once(response, 'data'))[0], /^id: 2\n/)
    t.equal(clock.timerCount(), 1)
    response.destroy()
    while (clock.timerCount() > 0) await new Promise(resolve => setImmediate(resolve))
  },
)

t.test('echo answers each piece before the next is sent', async t => {
  const client = await connectRaw(t, Number(new URL(service.url).port))
  client.write('POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n')
  await client.until('one')
  client.write('3\r\ntwo\r\n0\r\n\r\n')
  t.match(await client.until('0\r\n\r\n'), 'two')
})

t.test('the socket echoes text and bytes', async t => {
  const socket = new WebSocket(`${service.url.replace('http', 'ws')}/socket`)
  await once(socket, 'open')
  socket.send('text')
  t.match(await once(socket, 'message'), [Buffer.from('text'), false])
  socket.send(Buffer.from([1, 2]))
  t.match(await once(socket, 'message'), [Buffer.from([1, 2]), true])
  socket.close()
  await once(socket, 'close')
})

t.test('any other path is 404, with and without an upgrade', async t => {
  t.equal((await fetch(`${service.url}/nothing`)).status, 404)
  const socket = new WebSocket(`${service.url.replace('http', 'ws')}/nothing`)
  const [error] = await once(socket, 'error')
  t.match(error.message, '404')
})

async function json(path: string, init: RequestInit = {}): Promise<unknown> {
  return (await fetch(service.url + path, init)).json()
}

async function open(path: string): Promise<IncomingMessage> {
  const [response] = await once(get(service.url + path), 'response')
  return response
}
