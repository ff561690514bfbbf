import t from 'tap'
import { acme, globex } from '../../support/access.ts'
import { startControlServer } from '../../support/control-server.ts'
import type { Json } from '../../support/tokens.ts'

function versions() {
  const asked: (readonly string[])[] = []
  const read = async (tenantIds: readonly string[]) => {
    asked.push(tenantIds)
    return new Map(tenantIds.filter(id => id === acme.id).map(id => [id, 7]))
  }
  return { asked, read }
}

async function post(url: string, body: unknown) {
  const response = await fetch(`${url}/internal/v1/access-versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: response.status, headers: response.headers, body: (await response.json()) as Json }
}

t.test('the version of each tenant is told, and one that does not exist is missing', async t => {
  const { read, asked } = versions()
  const { url } = await startControlServer(t, { read })
  const answer = await post(url, { tenants: [acme.id, globex.id] })
  t.match(answer, { status: 200, body: { versions: { [acme.id]: 7 } } })
  t.same(Object.keys(answer.body.versions as Json), [acme.id])
  t.equal(answer.headers.get('cache-control'), 'no-store')
  t.same(asked, [[acme.id, globex.id]])
})

t.test('one to a thousand ids are taken, and nothing else', async t => {
  const { read, asked } = versions()
  const { url } = await startControlServer(t, { read })
  const full = Array.from({ length: 1000 }, () => acme.id)
  t.equal((await post(url, { tenants: full })).status, 200)
  for (const [what, body] of [
    ['none', { tenants: [] }],
    ['too many', { tenants: [...full, acme.id] }],
    ['a slug', { tenants: ['acme'] }],
    ['another spelling', { tenants: [acme.id.toUpperCase()] }],
    ['a number', { tenants: [1] }],
    ['one text', { tenants: acme.id }],
    ['nothing', {}],
    ['null', null],
  ] as const) {
    t.match(await post(url, body), { status: 400, body: { code: 'REQUEST_INVALID' } }, what)
  }
  t.match(await post(url, { tenants: [acme.id], more: 'x'.repeat(70_000) }), { status: 413 })
  t.equal(asked.length, 1)
})

t.test('who may not ask has nothing read', async t => {
  const { read, asked } = versions()
  const { url } = await startControlServer(t, { read, guard: async (_, reply) => reply.code(403).send({}) })
  t.equal((await post(url, { tenants: [acme.id] })).status, 403)
  t.same(asked, [])
})

t.test('versions that are not read in time are answered 503, by the clock', async t => {
  const asked = Promise.withResolvers<void>()
  const { url, clock } = await startControlServer(t, {
    read() {
      asked.resolve()
      return new Promise(() => {})
    },
  })
  const answer = post(url, { tenants: [acme.id] })
  await asked.promise
  clock.advance(5000)
  t.match(await answer, { status: 503, body: { code: 'STORE_UNAVAILABLE' } })
})
