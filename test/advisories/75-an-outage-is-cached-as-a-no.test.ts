import type { ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import t from 'tap'
import { call } from '../support/caller.ts'
import { startRecorder } from '../support/recorder.ts'
import { startSidecar } from '../support/sidecar.ts'

/**
 * Threat 75: an error is remembered as "no such tenant", or "no such tenant" is made of an error.
 * Advisories: none
 * Defence: only an explicit null in a 200 is a no (src/access/control-source.ts); what cannot be told is a fault, 503, and
 * is not remembered (src/access/directory.ts).
 */

type Misbehave = (response: ServerResponse) => void

const json = (body: string): Misbehave => {
  return response => response.writeHead(200, { 'Content-Type': 'application/json' }).end(body)
}

/** Answers of a control plane, or of whatever stands in front of it, that are no answer to the question. */
const outages: Readonly<Record<string, Misbehave>> = {
  'a connection that breaks': response => response.socket!.destroy(),
  'no answer in time': () => {},
  'a 500': response => response.writeHead(500).end('{"documents":[null]}'),
  'a 404': response => response.writeHead(404).end('{"documents":[null]}'),
  'a 403': response => response.writeHead(403).end('{"documents":[null]}'),
  'a 204': response => response.writeHead(204).end(),
  'a redirect': response => response.writeHead(302, { Location: '/elsewhere' }).end(),
  'a page of HTML': response => response.writeHead(200, { 'Content-Type': 'text/html' }).end('<html>'),
  'nothing at all': json(''),
  'no list': json('{}'),
  'an empty list': json('{"documents":[]}'),
  'a list that is too long': json('{"documents":[null,null]}'),
  'a null in place of the list': json('{"documents":null}'),
  'something that is no document': json('{"documents":[{}]}'),
  'an empty document': json('{"documents":[""]}'),
  'a document that nobody signed': json('{"documents":["e30.e30.e30"]}'),
  'false in place of null': json('{"documents":[false]}'),
  'half of an answer': response => {
    response.writeHead(200, { 'Content-Length': '20' }).write('{"documents":[nul')
    setImmediate(() => response.socket?.destroy())
  },
}

/** What stands in front of the control plane, and answers questions in its place while it is told to. */
async function startFront(t: Test) {
  let controlUrl = ''
  let misbehave: Misbehave | null = null
  const front = createServer(async (request, response) => {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    if (misbehave !== null && request.url === '/internal/v1/access-documents') return misbehave(response)
    const { method = 'GET', url = '/', headers } = request
    const body = method === 'POST' ? Buffer.concat(chunks) : null
    const type = headers['content-type']
    const answer = await fetch(controlUrl + url, {
      method,
      body,
      headers: type === undefined ? {} : { 'Content-Type': type },
    })
    const fields = { 'Content-Type': answer.headers.get('content-type') ?? '' }
    response.writeHead(answer.status, fields).end(Buffer.from(await answer.arrayBuffer()))
  })
  await new Promise<void>(resolve => front.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    front.closeAllConnections()
    front.close()
  })
  return {
    inFrontOf(url: string) {
      controlUrl = url
      return `http://127.0.0.1:${(front.address() as AddressInfo).port}`
    },
    set(next: Misbehave | null) {
      misbehave = next
    },
  }
}

async function start(t: Test) {
  const recorder = await startRecorder(t)
  const front = await startFront(t)
  const sidecar = await startSidecar(t, {
    origin: recorder.origin,
    configure: config => ({
      ...config,
      control: {
        ...config.control,
        url: front.inFrontOf(config.control.url),
        timeoutMs: 500,
        failuresToOpen: 1000,
      },
    }),
  })
  return { recorder, front, sidecar }
}

t.test('who is asked for during an outage gets a 503, and is let in as soon as it is over', async t => {
  const { recorder, front, sidecar } = await start(t)
  const { traffic } = sidecar.proxy.addresses
  for (const [what, misbehave] of Object.entries(outages)) {
    const token = sidecar.token('acme', 'member', { sub: 'member@acme' })
    front.set(misbehave)
    // A version that nobody remembers has the control plane asked, whoever was let in before.
    for (const path of ['/notes', '/notes']) {
      const answer = await call(traffic, path, { token })
      t.match(answer, { status: 503, json: { code: 'DIRECTORY_UNAVAILABLE' } }, what)
      t.ok(Number(answer.headers['retry-after']) >= 1)
    }
    t.equal(recorder.requests().length, 0, what)
  }
  front.set(null)
  t.equal((await call(traffic, '/notes', { token: sidecar.token('acme', 'member') })).status, 200)
  t.equal(recorder.requests().length, 1)
})

t.test('who was refused an answer is not refused entry: an outage between two good answers', async t => {
  const { front, sidecar } = await start(t)
  const { traffic } = sidecar.proxy.addresses
  const ask = async () => (await call(traffic, '/notes', { token: sidecar.token('globex', 'member') })).status
  front.set(outages['a 403']!)
  t.equal(await ask(), 503)
  front.set(null)
  t.equal(await ask(), 200)
  front.set(outages['no list']!)
  t.equal(await ask(), 200, 'what is remembered serves')
})
