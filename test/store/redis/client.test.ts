import { once } from 'node:events'
import { createServer } from 'node:net'
import t from 'tap'
import { createLimiter } from '../../../src/limit/local-share.ts'
import { createMemoryLimiter } from '../../../src/store/memory/limiter.ts'
import { createRedisLimiter } from '../../../src/store/redis/limiter.ts'
import { createManualClock } from '../../support/manual-clock.ts'
import {
  buildClient,
  connectClient,
  connectPlainly,
  sharedRedisUrl,
  startOwnRedis,
  untilHealthy,
} from '../../support/redis.ts'
import { charge } from '../contracts/limiter.ts'

const turn = () => new Promise(resolve => setImmediate(resolve))

t.test('bears its name on the server', async t => {
  await connectClient(t, sharedRedisUrl(), { name: 'postern-proxy-a' })
  const redis = await connectPlainly(t, sharedRedisUrl())
  t.match(await redis.client('LIST'), /name=postern-proxy-a/)
})

t.test('a frozen Redis costs one deadline, and from then on nothing', async t => {
  const server = await startOwnRedis(t)
  const clock = createManualClock(0)
  const { client, failures } = await connectClient(t, server.url, {
    clock,
    commandTimeoutMs: 20,
    breaker: { failuresToOpen: 1, openMs: 500 },
  })
  server.freeze()
  const waiting = client.run(redis => redis.get('key'))
  clock.advance(20)
  await t.rejects(waiting, { code: 'STORE_UNAVAILABLE' })
  t.equal(client.usable(), false)
  t.equal(client.healthy(), false)
  await t.rejects(
    client.run(redis => redis.get('key')),
    { code: 'STORE_UNAVAILABLE' },
  )
  t.equal(clock.timerCount(), 0, 'nothing waits')

  server.thaw()
  clock.advance(500)
  await untilHealthy(client)
  t.equal(await client.run(redis => redis.get('key')), null)
  t.same(failures, ['timeout', 'circuit_open'])
})

t.test('a reply that comes after its deadline is never given to another caller', async t => {
  const server = await startOwnRedis(t)
  const clock = createManualClock(0)
  const breaker = { failuresToOpen: 1000, openMs: 500 }
  const { client } = await connectClient(t, server.url, { clock, commandTimeoutMs: 20, breaker })
  const redis = await connectPlainly(t, server.url)
  for (let key = 0; key < 100; key += 1) await redis.set(`key ${key}`, `value ${key}`)
  server.freeze()
  const late = Array.from({ length: 50 }, (_, key) => client.run(redis => redis.get(`key ${key}`)))
  const settled = Promise.allSettled(late)
  await turn()
  clock.advance(20)
  t.ok((await settled).every(({ status }) => status === 'rejected'))
  const next = Array.from({ length: 50 }, (_, key) => client.run(redis => redis.get(`key ${key + 50}`)))
  server.thaw()
  t.same(
    await Promise.all(next),
    Array.from({ length: 50 }, (_, key) => `value ${key + 50}`),
  )
})

t.test('says at once that there is no connection', async t => {
  const server = await startOwnRedis(t)
  let lost = false
  const client = buildClient(
    server.url,
    { onConnection: status => (lost = status === 'lost') },
    { clock: createManualClock(0), reconnect: { delayMsMin: 60_000, delayMsMax: 60_000 } },
  )
  t.teardown(client.close)
  while (!client.healthy()) await turn()
  await server.kill()
  while (!lost) await turn()
  await t.rejects(
    client.run(redis => redis.get('key')),
    { code: 'STORE_UNAVAILABLE' },
  )
})

t.test('does not queue while there is no connection, and is back by itself', async t => {
  const first = await startOwnRedis(t)
  const { client } = await connectClient(t, first.url)
  await first.kill()
  await t.rejects(
    client.run(redis => redis.set('key', 'sent while away')),
    { code: 'STORE_UNAVAILABLE' },
  )
  const second = await startOwnRedis(t, Number(new URL(first.url).port))
  await untilHealthy(client)
  t.equal(await client.run(redis => redis.get('key')), null)
  t.ok(second.pid)
})

t.test('tells when the connection is there and when it is lost', async t => {
  const server = await startOwnRedis(t)
  const told: string[] = []
  const states: string[] = []
  const client = buildClient(server.url, {
    onConnection: status => told.push(status),
    onCircuit: state => states.push(state),
  })
  t.teardown(client.close)
  await untilHealthy(client)
  t.equal(told.at(-1), 'ready')
  await server.kill()
  await t.rejects(client.run(redis => redis.ping()))
  while (told.at(-1) !== 'lost') await turn()
  t.equal(states.at(-1), 'open')
})

t.test('an error reply is a failure, and its words do not leave with it', async t => {
  const { client, failures } = await connectClient(t, sharedRedisUrl())
  const error = await client
    .run(redis => redis.call('NOSUCHCOMMAND', 'private'))
    .then(
      () => t.fail('no error'),
      error => error,
    )
  t.match(error, { code: 'STORE_UNAVAILABLE', details: { reason: 'ERR' } })
  t.equal(error.cause, undefined)
  t.same(failures, ['ERR'])
})

t.test('a peer that accepts and stays silent is given up, and tried again', async t => {
  let connections = 0
  const silent = createServer(socket => {
    connections += 1
    socket.on('error', () => {})
    t.teardown(() => socket.destroy())
  }).listen(0, '127.0.0.1')
  t.teardown(() => silent.close())
  await once(silent, 'listening')
  const { port } = silent.address() as { port: number }
  const client = buildClient(`redis://127.0.0.1:${port}`, {}, { connectTimeoutMs: 20 })
  t.teardown(client.close)
  while (connections < 3) await turn()
  t.equal(client.healthy(), false)
})

t.test('limits go on from the local share while Redis is frozen, and are shared again after', async t => {
  const server = await startOwnRedis(t)
  const clock = createManualClock(0)
  const breaker = { failuresToOpen: 1, openMs: 500 }
  const { client } = await connectClient(t, server.url, { clock, commandTimeoutMs: 20, breaker })
  const limiter = createLimiter({
    shared: createRedisLimiter(client),
    local: createMemoryLimiter({ tenantsMax: 10, clock }),
    share: 0.5,
  })
  const charges = [charge('hour', 3_600_000, 4)]
  t.match(await limiter.take('a', charges), { granted: true, degraded: false, windows: [{ remaining: 3 }] })

  server.freeze()
  const first = limiter.take('a', charges)
  clock.advance(20)
  t.match(await first, { granted: true, degraded: true, windows: [{ max: 2, remaining: 1 }] })
  t.match(limiter.take('a', charges), { granted: true, degraded: true }, 'at once, without waiting')
  t.match(limiter.take('a', charges), { granted: false, degraded: true })

  server.thaw()
  clock.advance(500)
  await untilHealthy(client)
  t.match(await limiter.take('a', charges), { granted: true, degraded: false })
})
