import { connect } from 'node:net'
import t from 'tap'
import { createSideServer, plain } from '../../src/proxy/side-server.ts'

async function start(routes: Record<string, () => ReturnType<typeof plain>>, failures: string[] = []) {
  const server = createSideServer({
    routes: new Map(Object.entries(routes)),
    guard: () => null,
    onFailure: path => void failures.push(path),
  })
  const { port } = await server.listen('127.0.0.1', 0)
  t.teardown(() => server.close())
  return { port, server, url: `http://127.0.0.1:${port}` }
}

t.test('only GET and HEAD of exact paths are answered', async t => {
  const { url } = await start({ '/livez': () => plain(200, 'alive') })
  const status = async (path: string, method = 'GET') => (await fetch(url + path, { method })).status
  t.equal(await status('/livez'), 200)
  t.equal(await status('/livez', 'HEAD'), 200)
  t.equal(await status('/livez', 'POST'), 405)
  for (const path of ['/', '/livez/', '/LIVEZ', '/livez?x', '/%6civez', '//livez', '/constructor']) {
    t.equal(await status(path), 404, path)
  }
})

t.test('a request with a body is refused and its connection closed', async t => {
  const { port } = await start({ '/livez': () => plain(200, 'alive') })
  const socket = connect(port, '127.0.0.1')
  socket.end(
    'GET /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET /livez HTTP/1.1\r\nHost: a\r\n\r\n',
  )
  let text = ''
  for await (const chunk of socket) text += chunk
  t.match(text, /^HTTP\/1\.1 413 /)
  t.equal(text.split('HTTP/1.1 ').length, 2)
})

t.test('a handler that fails is a 500 without its words', async t => {
  const failures: string[] = []
  const { url } = await start(
    {
      '/metrics': () => {
        throw new Error('a secret')
      },
    },
    failures,
  )
  const response = await fetch(`${url}/metrics`)
  t.equal(response.status, 500)
  t.equal(await response.text(), 'failed\n')
  t.same(failures, ['/metrics'])
})

t.test('closing does not wait for connections that are kept alive', async t => {
  const { port, server } = await start({ '/livez': () => plain(200, 'alive') })
  const socket = connect(port, '127.0.0.1')
  socket.write('GET /livez HTTP/1.1\r\nHost: a\r\n\r\n')
  await new Promise(resolve => socket.once('data', resolve))
  const closed = new Promise(resolve => socket.once('close', resolve))
  await server.close()
  await closed
  t.pass('both sides are closed')
})

t.test('an address that is taken rejects', async t => {
  const { port } = await start({})
  const other = createSideServer({ routes: new Map(), guard: () => null, onFailure: () => {} })
  await t.rejects(other.listen('127.0.0.1', port), { code: 'EADDRINUSE' })
})
