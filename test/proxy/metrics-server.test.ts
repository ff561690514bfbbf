import { connect } from 'node:net'
import { Registry } from 'prom-client'
import t from 'tap'
import { createMetricsServer } from '../../src/proxy/metrics-server.ts'

t.test(
  'alive is always alive, ready is as the process says, and metrics are those of the registry',
  async t => {
    const registry = new Registry()
    let ready = false
    const server = createMetricsServer({
      isReady: () => ready,
      metrics: { contentType: registry.contentType, metrics: async () => 'postern_x 1\n' },
      onFailure: () => {},
    })
    t.teardown(() => server.close())
    const { port } = await server.listen('127.0.0.1', 0)
    const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`)
    t.equal((await get('/livez')).status, 200)
    t.equal((await get('/readyz')).status, 503)
    ready = true
    t.equal((await get('/readyz')).status, 200)
    const metrics = await get('/metrics')
    t.equal(metrics.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
    t.equal(await metrics.text(), 'postern_x 1\n')
    for (const path of ['/config', '/.well-known/jwks.json', '/']) t.equal((await get(path)).status, 404)
  },
)

t.test('scrapes at the same time share one collection, and a failed one is not kept', async t => {
  const collections: { resolve: (text: string) => void; reject: (error: Error) => void }[] = []
  let onCollection = () => {}
  const server = createMetricsServer({
    isReady: () => true,
    metrics: {
      contentType: 'text/plain',
      metrics: () =>
        new Promise<string>((resolve, reject) => {
          collections.push({ resolve, reject })
          onCollection()
        }),
    },
    onFailure: () => {},
  })
  t.teardown(() => server.close())
  const { port } = await server.listen('127.0.0.1', 0)

  /** Asks several times in one packet, which is read at once; answers the status lines. */
  const scrape = async (times: number, settle: (collection: (typeof collections)[number]) => void) => {
    const collecting = new Promise<void>(resolve => {
      onCollection = resolve
    })
    const socket = connect(port, '127.0.0.1')
    socket.end('GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(times))
    await collecting
    settle(collections.at(-1)!)
    let text = ''
    for await (const chunk of socket) text += chunk
    return text.match(/HTTP\/1\.1 \d+/g)
  }
  t.same(await scrape(3, collection => collection.resolve('a 1\n')), Array(3).fill('HTTP/1.1 200'))
  t.equal(collections.length, 1)
  t.same(await scrape(1, collection => collection.reject(new Error('no'))), ['HTTP/1.1 500'])
  t.same(await scrape(1, collection => collection.resolve('a 1\n')), ['HTTP/1.1 200'])
  t.equal(collections.length, 3)
})
