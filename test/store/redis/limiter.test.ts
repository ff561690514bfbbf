import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { Test } from 'tap'
import t from 'tap'
import { createRedisLimiter } from '../../../src/store/redis/limiter.ts'
import { connectClient, connectPlainly, sharedRedisUrl, startOwnRedis } from '../../support/redis.ts'
import { charge, testLimiter } from '../contracts/limiter.ts'

const minute = 60_000

testLimiter(t, async t => {
  const { client } = await connectClient(t, sharedRedisUrl())
  const redis = await connectPlainly(t, sharedRedisUrl())
  return {
    take: createRedisLimiter(client).take,
    pass: (tenantId, ms) => makeOlder(redis, tenantId, ms),
  }
})

t.test('many callers of several connections never get more than the limit, nor less', async t => {
  const tenantId = randomUUID()
  const charges = [charge('minute', minute, 70), charge('hour', 60 * minute, 90)]
  const limiters = await Promise.all([1, 2, 3, 4].map(() => connectLimiter(t)))
  const taken = await Promise.all(
    Array.from({ length: 200 }, (_, call) => limiters[call % 4]!.take(tenantId, charges)),
  )
  t.equal(taken.filter(({ granted }) => granted).length, 70)
  const [last] = await Promise.all([limiters[0]!.take(tenantId, [charge('hour', 60 * minute, 90, 20)])])
  t.match(last, { granted: true, windows: [{ remaining: 0 }] }, 'the refused calls cost the hour nothing')
})

t.test('every key it writes expires when nothing in it counts any more', async t => {
  const limiter = await connectLimiter(t)
  const redis = await connectPlainly(t, sharedRedisUrl())
  const tenantId = randomUUID()
  for (let call = 0; call < 20; call += 1)
    await limiter.take(tenantId, [charge('minute', minute, 10), charge('day', 1440 * minute, 1000)])
  const keys = await keysOf(redis, tenantId)
  t.equal(keys.length, 2)
  for (const key of keys) {
    const windowMs = key.includes(':86400000:') ? 1440 * minute : minute
    const lifetimeMs = await redis.pttl(key)
    t.ok(lifetimeMs > windowMs - 5000 && lifetimeMs <= windowMs + 1, `${lifetimeMs}`)
  }
})

t.test('a refusal writes nothing', async t => {
  const limiter = await connectLimiter(t)
  const redis = await connectPlainly(t, sharedRedisUrl())
  const tenantId = randomUUID()
  await limiter.take(tenantId, [charge('minute', minute, 1)])
  const before = await dump(redis, tenantId)
  await limiter.take(tenantId, [charge('minute', minute, 1), charge('hour', 60 * minute, 5)])
  t.same(await dump(redis, tenantId), before)
})

t.test('a key holds no more counts than a window has pieces', async t => {
  const limiter = await connectLimiter(t)
  const redis = await connectPlainly(t, sharedRedisUrl())
  const tenantId = randomUUID()
  const bytesPerCount = 12
  for (let call = 0; call < 100; call += 1) await limiter.take(tenantId, [charge('minute', minute, 1000)])
  const [burst] = await dump(redis, tenantId)
  t.ok(burst!.length <= 5 * bytesPerCount, `${burst!.length} bytes after a burst`)
  for (let call = 0; call < 150; call += 1) {
    await makeOlder(redis, tenantId, 1000)
    await limiter.take(tenantId, [charge('minute', minute, 1000)])
  }
  const [steady] = await dump(redis, tenantId)
  t.ok(steady!.length <= 62 * bytesPerCount, `${steady!.length} bytes after two windows`)
})

t.test('all windows of a tenant share its tag, so that a cluster keeps them on one node', async t => {
  const limiter = await connectLimiter(t)
  const redis = await connectPlainly(t, sharedRedisUrl())
  const tenantId = randomUUID()
  await limiter.take(tenantId, [charge('minute', minute, 10), charge('day', 1440 * minute, 1000)])
  const tags = (await keysOf(redis, tenantId)).map(key => key.slice(key.indexOf('{'), key.indexOf('}') + 1))
  t.same(tags, [`{${tenantId}}`, `{${tenantId}}`])
})

t.test('after a small step back of the server’s clock nothing is freed', async t => {
  const { limiter, redis, tenantId } = await connectAll(t)
  await limiter.take(tenantId, [charge('minute', minute, 2)])
  await makeOlder(redis, tenantId, -30_000)
  t.match(await limiter.take(tenantId, [charge('minute', minute, 2)]), {
    granted: true,
    windows: [{ remaining: 0 }],
  })
  t.match(await limiter.take(tenantId, [charge('minute', minute, 2)]), { granted: false })
})

t.test(
  'after a large step back a window is held for its own length, not for the length of the step',
  async t => {
    const { limiter, redis, tenantId } = await connectAll(t)
    await limiter.take(tenantId, [charge('minute', minute, 2)])
    await makeOlder(redis, tenantId, -90 * minute)
    t.match(await limiter.take(tenantId, [charge('minute', minute, 2)]), {
      granted: true,
      windows: [{ remaining: 0 }],
    })
    const refused = await limiter.take(tenantId, [charge('minute', minute, 2)])
    t.match(refused, { granted: false })
    t.ok(!refused.granted && refused.retryAfterMs <= minute)
  },
)

t.test('goes on when the server has forgotten its scripts', async t => {
  const server = await startOwnRedis(t)
  const { client, failures } = await connectClient(t, server.url)
  const redis = await connectPlainly(t, server.url)
  const limiter = createRedisLimiter(client)
  const tenantId = randomUUID()
  t.match(await limiter.take(tenantId, [charge('minute', minute, 5)]), { granted: true })
  await redis.script('FLUSH')
  t.match(await limiter.take(tenantId, [charge('minute', minute, 5)]), { windows: [{ remaining: 3 }] })
  t.match(await limiter.take(tenantId, [charge('minute', minute, 5)]), { windows: [{ remaining: 2 }] })
  t.same(failures, [])
})

t.test('fails with STORE_UNAVAILABLE when what is stored is not its own', async t => {
  const { limiter, redis, tenantId } = await connectAll(t)
  await redis.set(`postern:limit:{${tenantId}}:${minute}:minute`, 'rubbish', 'PX', minute)
  await t.rejects(limiter.take(tenantId, [charge('minute', minute, 5)]), { code: 'STORE_UNAVAILABLE' })
})

async function connectLimiter(t: Test) {
  return createRedisLimiter((await connectClient(t, sharedRedisUrl())).client)
}

async function connectAll(t: Test) {
  const limiter = await connectLimiter(t)
  return { limiter, redis: await connectPlainly(t, sharedRedisUrl()), tenantId: randomUUID() }
}

function keysOf(redis: Redis, tenantId: string): Promise<string[]> {
  return redis.keys(`postern:limit:{${tenantId}}:*`)
}

async function dump(redis: Redis, tenantId: string): Promise<(Buffer | null)[]> {
  return Promise.all((await keysOf(redis, tenantId)).sort().map(key => redis.getBuffer(key)))
}

/** KEYS[1] a window, ARGV[1] milliseconds by which what is in it becomes older: time passes without waiting for it. */
const makeOlderScript = `
  local log = cmsgpack.unpack(redis.call('GET', KEYS[1]))
  for i = 1, #log, 2 do log[i] = log[i] - ARGV[1] * 1000 end
  local lifetime = redis.call('PTTL', KEYS[1]) - ARGV[1]
  if lifetime <= 0 then return redis.call('DEL', KEYS[1]) end
  return redis.call('SET', KEYS[1], cmsgpack.pack(log), 'PX', lifetime)`

async function makeOlder(redis: Redis, tenantId: string, ms: number): Promise<void> {
  for (const key of await keysOf(redis, tenantId)) await redis.eval(makeOlderScript, 1, key, ms)
}
