import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { createDemoNotes } from '../../src/demo/demo-notes.ts'
import { createManualClock } from '../support/manual-clock.ts'

t.test('a tenant keeps its newest notes, with the time of each', async t => {
  const clock = createManualClock(5)
  const notes = createDemoNotes(clock)
  const server = createServer((request, response) =>
    request.method === 'POST' ? notes.add(request, response) : notes.list(request, response),
  ).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const headers = { 'X-QLP-Tenant-Id': 't-1' }
  for (let count = 0; count < 101; count += 1) {
    await fetch(url, { method: 'POST', headers, body: JSON.stringify({ text: `note ${count}` }) })
  }
  const { notes: kept } = (await (await fetch(url, { headers })).json()) as { notes: unknown[] }
  t.equal(kept.length, 100)
  t.match(kept[0], { text: 'note 1', atMs: 5 })
  t.match(kept.at(-1), { text: 'note 100', id: 101 })
})
