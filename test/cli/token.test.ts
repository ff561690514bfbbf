import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { postern } from '../support/command.ts'

/** A token endpoint that knows one user, and what it was asked. */
async function endpoint(status: number, body: string) {
  const asked: URLSearchParams[] = []
  const server = createServer(async (request, response) => {
    let form = ''
    for await (const chunk of request) form += chunk
    asked.push(new URLSearchParams(form))
    response.writeHead(status, { 'content-type': 'application/json' }).end(body)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => new Promise(resolve => server.close(resolve)))
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token` }
}

const args = ['token', '--tenant', 'acme', '--user', 'member']

t.test('the token of the demo in this directory stands alone on standard output', async t => {
  const { asked, url } = await endpoint(
    200,
    JSON.stringify({ access_token: 'the.access.token', id_token: 'the.id.token' }),
  )
  const directory = t.testdir({ '.postern': { 'dev.json': JSON.stringify({ tokenEndpoint: url }) } })
  t.same(await postern(args, { directory }), { code: 0, out: 'the.access.token\n', err: '' })
  t.match(Object.fromEntries(asked[0]!), {
    grant_type: 'password',
    username: 'member@acme.example',
    password: 'demo',
  })
})

t.test('an endpoint can be named, and an ID token does', async t => {
  const { url } = await endpoint(200, JSON.stringify({ id_token: 'the.id.token' }))
  t.same(await postern([...args, '--issuer', url]), { code: 0, out: 'the.id.token\n', err: '' })
})

t.test('without a demo it says where it looked and what to type', async t => {
  const directory = t.testdir({})
  const { code, out, err } = await postern(args, { directory })
  t.same([code, out], [1, ''])
  t.match(err, /no demo is running here \(looked in .*dev\.json\)\. Start one with: postern dev/)
})

t.test('a demo that has gone, a user it does not know and an answer that is none exit with 1', async t => {
  const gone = t.testdir({
    '.postern': { 'dev.json': JSON.stringify({ tokenEndpoint: 'http://127.0.0.1:1/token' }) },
  })
  t.match(await postern(args, { directory: gone }), { code: 1, out: '', err: /Is the demo running\?/ })
  const stranger = await endpoint(400, JSON.stringify({ error: 'access_denied' }))
  t.match(await postern([...args, '--issuer', stranger.url]), {
    code: 1,
    out: '',
    err: /no user member in acme \(status 400\)/,
  })
  const broken = await endpoint(200, '<html>')
  t.match(await postern([...args, '--issuer', broken.url]), {
    code: 1,
    out: '',
    err: /did not answer as a token endpoint/,
  })
})
