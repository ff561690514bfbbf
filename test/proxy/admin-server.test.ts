import { request } from 'node:http'
import t from 'tap'
import { createAdminServer } from '../../src/proxy/admin-server.ts'

async function start() {
  const server = createAdminServer({
    prover: { publicKeys: () => ({ keys: [{ kid: 'k', kty: 'EC' }] }) },
    config: () => ({ service: { name: 'notes' } }),
    onFailure: () => {},
  })
  const { port } = await server.listen('127.0.0.1', 0)
  t.teardown(() => server.close())
  return port
}

type Answer = { readonly status: number; readonly type: string; readonly body: string }

function get(port: number, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ port, host: '127.0.0.1', path, headers, agent: false }, response => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', chunk => {
        body += chunk
      })
      response.on('end', () => {
        resolve({ status: response.statusCode!, type: response.headers['content-type'] ?? '', body })
      })
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}

t.test('the key set and the configuration are served as JSON', async t => {
  const port = await start()
  const keys = await get(port, '/.well-known/jwks.json')
  t.equal(keys.type, 'application/jwk-set+json')
  t.same(JSON.parse(keys.body), { keys: [{ kid: 'k', kty: 'EC' }] })
  t.same(JSON.parse((await get(port, '/config')).body), { service: { name: 'notes' } })
  t.equal((await get(port, '/metrics')).status, 404)
})

t.test('only loopback names are answered to, so that no page can be pointed here', async t => {
  const port = await start()
  for (const host of ['localhost', `localhost:${port}`, '127.0.0.1', '[::1]', `[::1]:${port}`]) {
    t.equal((await get(port, '/config', { host })).status, 200, host)
  }
  for (const host of [
    'evil.example',
    `evil.example:${port}`,
    '127.0.0.1.evil.example',
    'localhost.evil.example:1',
  ]) {
    t.equal((await get(port, '/config', { host })).status, 421, host)
  }
})

t.test('a request that a page makes is refused, even under a loopback name', async t => {
  const port = await start()
  t.equal((await get(port, '/config', { origin: 'http://localhost:3000' })).status, 403)
  for (const site of ['cross-site', 'same-site', 'same-origin'])
    t.equal((await get(port, '/config', { 'sec-fetch-site': site })).status, 403, site)
  t.equal(
    (await get(port, '/config', { 'sec-fetch-site': 'none' })).status,
    200,
    'typed into the address bar',
  )
})
