import type { Test } from 'tap'
import t from 'tap'
import { connectPlainly, startOwnRedis } from '../support/redis.ts'
import { until } from '../support/until.ts'
import { startWhole } from '../support/whole.ts'

const degraded = 'postern_limits_degraded_total'

/** A whole with a warm member of acme, and a Redis of its own to do harm to. */
async function startWarm(t: Test) {
  const redis = await startOwnRedis(t)
  const whole = await startWhole(t, { redisUrl: redis.url })
  const token = await whole.token('acme', 'member')
  await until('limits are shared', async () => {
    const answer = await whole.call('/whoami', { token })
    t.equal(answer.status, 200)
    return !('limits_degraded' in (await whole.accessLine(answer)))
  })
  return { redis, whole, token }
}

t.test(
  'while Redis is frozen requests are answered from the local share, and shared again after',
  async t => {
    const { redis, whole, token } = await startWarm(t)
    redis.freeze()
    for (let count = 0; count < 5; count += 1) {
      const answer = await whole.call('/whoami', { token })
      t.equal(answer.status, 200)
      t.match(await whole.accessLine(answer), { decision: 'allow', limits_degraded: true })
    }
    t.ok((await whole.metric(degraded)) >= 5)
    t.ok((await whole.metric('postern_store_failures_total{store="redis",reason="timeout"}')) >= 1)
    t.equal(await whole.metric('postern_store_circuit{store="redis"}'), 1)

    redis.thaw()
    await until('limits are shared again', async () => {
      const answer = await whole.call('/whoami', { token })
      t.equal(answer.status, 200)
      return !('limits_degraded' in (await whole.accessLine(answer)))
    })
    t.equal(await whole.metric('postern_store_circuit{store="redis"}'), 0)
  },
)

t.test('a principal that was never seen is still found while Redis is frozen', async t => {
  const { redis, whole } = await startWarm(t)
  redis.freeze()
  const answer = await whole.call('/whoami', { token: await whole.token('acme', 'admin') })
  t.match(answer, { status: 200, json: { 'x-qlp-roles': 'admin' } })
})

t.test('without Redis a tenant has its share of its limit and no more', async t => {
  const { redis, whole } = await startWarm(t)
  const token = await whole.token('globex', 'owner')
  await redis.kill()
  await until('the connection is known to be lost', async () => {
    return (await whole.metric('postern_store_connected{store="redis"}')) === 0
  })
  const share = 60 * whole.config.limits.localShare
  const statuses = []
  for (let count = 0; count < share + 5; count += 1) {
    statuses.push((await whole.call('/whoami', { token })).status)
  }
  t.same(statuses, [...Array(share).fill(200), ...Array(5).fill(429)])
})

t.test('a Redis that comes back empty is used again, and refused requests had cost nothing', async t => {
  const { redis, whole, token } = await startWarm(t)
  await redis.kill()
  t.equal((await whole.call('/whoami', { token })).status, 200)
  const again = await startOwnRedis(t, Number(new URL(redis.url).port))
  await until('limits are shared again', async () => {
    const answer = await whole.call('/whoami', { token })
    t.equal(answer.status, 200)
    return !('limits_degraded' in (await whole.accessLine(answer)))
  })
  const guest = await whole.token('acme', 'guest')
  const plain = await connectPlainly(t, again.url)
  const limitKeys = async () => {
    const keys = (await plain.keys('*')).sort()
    return Promise.all(
      keys.filter(key => !key.includes('doc')).map(async key => [key, await plain.dump(key)]),
    )
  }
  await until('the guest is known', async () => {
    return (await whole.call('/notes', { token: guest, method: 'POST', body: '{}' })).status === 403
  })
  const before = await limitKeys()
  t.ok(before.length > 0, 'there is something to compare')
  t.equal((await whole.call('/notes', { token: guest, method: 'POST', body: '{}' })).status, 403)
  t.same(await limitKeys(), before)
})

t.test('a document that somebody else wrote to Redis grants nothing', async t => {
  const { redis, whole, token } = await startWarm(t)
  const plain = await connectPlainly(t, redis.url)
  const documents = async () => (await plain.keys('*')).filter(key => key.includes('doc'))
  const [key] = await until('a document is shared', async () => {
    const found = await documents()
    return found.length > 0 && found
  })
  const theirs = await plain.get(key!)
  // The member's own, valid document under every name that the guest's could have.
  const guest = await whole.token('acme', 'guest')
  t.equal((await whole.call('/whoami', { token: guest })).status, 200)
  const two = await until('both are shared', async () => {
    const found = await documents()
    return found.length > 1 && found
  })
  for (const each of two) await plain.set(each, theirs!)
  const second = await startWhole(t, { redisUrl: redis.url })
  t.equal((await second.call('/whoami', { token: await second.token('acme', 'guest') })).status, 200)
  t.match(await whole.call('/notes', { token: guest, method: 'POST', body: '{"text":"no"}' }), {
    status: 403,
  })
  t.equal((await whole.call('/whoami', { token })).status, 200)
})
