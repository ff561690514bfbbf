import t from 'tap'
import { Violation } from '../../src/lib/violation.ts'
import { startControlServer } from '../support/control-server.ts'

const start = (t: Parameters<typeof startControlServer>[0], load: () => Promise<null>) =>
  startControlServer(t, { load })

const question = { issuer: 'https://id.example/', subject: 'mona', tenant: 'acme' }

function ask(url: string) {
  return fetch(`${url}/internal/v1/access-documents`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ questions: [question] }),
  })
}

t.test(
  'a bug is answered as INTERNAL, and only the log learns where, and nothing of the request',
  async t => {
    const { url, lines } = await start(t, async () => {
      throw new TypeError('secret detail')
    })
    const response = await ask(url)
    t.equal(response.status, 500)
    const body = await response.json()
    t.same(body, {
      type: 'urn:postern:error:INTERNAL',
      title: 'Something broke inside Postern',
      status: 500,
      code: 'INTERNAL',
      request_id: 'request-1',
    })
    t.match(lines, [
      [{ code: 'INTERNAL', route: '/internal/v1/access-documents', requestId: 'request-1' }, /failed to/],
    ])
    t.notMatch(JSON.stringify(lines), /mona|acme|secret detail/)
  },
)

t.test('a rule that a request broke is answered in its own words, and is nothing for the log', async t => {
  const rule = { code: 'SLUG_TAKEN', status: 409, title: 'That slug is taken', member: 'slug' } as const
  const { url, lines, registry } = await start(t, async () => {
    throw new Violation(rule, 'things_slug_taken')
  })
  const response = await ask(url)
  t.equal(response.status, 409)
  t.same(await response.json(), {
    type: 'urn:postern:error:SLUG_TAKEN',
    title: 'That slug is taken',
    status: 409,
    code: 'SLUG_TAKEN',
    member: 'slug',
    request_id: 'request-1',
  })
  t.same(lines, [])
  t.notMatch(await registry.metrics(), /fault.*\} [1-9]/)
})

t.test('a batch that is not answered in time is answered 503, by the clock', async t => {
  const loading = Promise.withResolvers<void>()
  const { url, clock } = await start(t, () => {
    loading.resolve()
    return new Promise(() => {})
  })
  const response = ask(url)
  await loading.promise
  clock.advance(5000)
  t.match(await (await response).json(), { code: 'STORE_UNAVAILABLE' })
})

t.test('before it closes it is unready but still answers, for as long as load balancers need', async t => {
  const { url, clock, close } = await start(t, async () => null)
  t.equal((await fetch(`${url}/readyz`)).status, 200)
  const closed = close(5000)
  t.equal((await fetch(`${url}/readyz`)).status, 503)
  t.equal((await fetch(`${url}/livez`)).status, 200)
  t.equal((await ask(url)).status, 200)
  clock.advance(5000)
  await closed
  await t.rejects(fetch(`${url}/livez`))
  t.equal(clock.timerCount(), 0)
})

t.test('a request that does not end is cut off when the time to drain is over', async t => {
  const loading = Promise.withResolvers<void>()
  const { url, clock, close } = await start(t, () => {
    loading.resolve()
    return new Promise(() => {})
  })
  const response = ask(url)
  await loading.promise
  const closed = close(0)
  await new Promise(resolve => setImmediate(resolve))
  clock.advance(1000)
  await t.rejects(response)
  await closed
})
