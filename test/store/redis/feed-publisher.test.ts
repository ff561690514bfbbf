import t from 'tap'
import { readFeedMessages } from '../../../src/access/read-feed.ts'
import { versionKey } from '../../../src/store/redis/document-store.ts'
import { createRedisFeedPublisher, feedKey } from '../../../src/store/redis/feed-publisher.ts'
import { changeTo, listenAt, publisherAt } from '../../support/feed.ts'
import { connectClient, connectPlainly, startOwnRedis } from '../../support/redis.ts'

async function open(t: Parameters<typeof startOwnRedis>[0]) {
  const server = await startOwnRedis(t)
  const { client } = await connectClient(t, server.url, { breaker: { failuresToOpen: 1000, openMs: 1 } })
  return { server, client, redis: await connectPlainly(t, server.url) }
}

t.test('an entry holds the messages of one publication', async t => {
  const { client, redis } = await open(t)
  const messages = [changeTo(1), changeTo(2, 'globex')]
  await publisherAt(client).publish(messages)
  const entries = await redis.xrange(feedKey, '-', '+')
  t.equal(entries.length, 1)
  t.same(readFeedMessages(entries[0]![1][1]!), messages)
})

t.test('the stream keeps about as many entries as it should', async t => {
  const { client, redis } = await open(t)
  const publisher = createRedisFeedPublisher({ client, entriesMax: 200, versionTtlMs: 1000 })
  for (let version = 0; version < 600; version += 1) await publisher.publish([changeTo(version)])
  const length = await redis.xlen(feedKey)
  t.ok(length >= 200 && length < 400, `${length}`)
})

t.test('a version stays for its time, counted from when it was told last', async t => {
  const { client, redis } = await open(t)
  const publisher = createRedisFeedPublisher({ client, entriesMax: 10, versionTtlMs: 600_000 })
  await publisher.publish([changeTo(5)])
  const lifetimeMs = () => redis.pttl(versionKey('acme'))
  t.ok((await lifetimeMs()) > 590_000)
  for (const again of [4, 5, 6]) {
    await redis.pexpire(versionKey('acme'), 1000)
    await publisher.publish([changeTo(again)])
    t.ok((await lifetimeMs()) > 590_000, `after ${again}`)
  }
  t.equal(await redis.get(versionKey('acme')), '6')
  t.equal(await redis.get(versionKey('id-of-acme')), '6')
})

t.test('what stands where a version should be holds nothing up', async t => {
  const { client, redis } = await open(t)
  const publisher = publisherAt(client)
  const wrong: Record<string, () => Promise<unknown>> = {
    text: () => redis.set(versionKey('acme'), 'rubbish'),
    empty: () => redis.set(versionKey('acme'), ''),
    endless: () => redis.set(versionKey('acme'), '9'.repeat(400)),
    'a fraction': () => redis.set(versionKey('acme'), '9.5'),
    'a list': () => redis.del(versionKey('acme')).then(() => redis.lpush(versionKey('acme'), 'x')),
  }
  for (const [what, put] of Object.entries(wrong)) {
    await put()
    await publisher.publish([changeTo(3)])
    t.equal(await redis.get(versionKey('acme')), '3', what)
  }
})

t.test('what stands where the stream should be, or has come to its last id, holds nothing up', async t => {
  const { server, client, redis } = await open(t)
  const publisher = publisherAt(client)
  await publisher.publish([changeTo(1)])
  const heard = await listenAt(t, server.url)
  const lastId = '18446744073709551615-18446744073709551615'
  const wrong: Record<string, () => Promise<unknown>> = {
    'no id is left': () => redis.xadd(feedKey, lastId, 'm', '[]'),
    'a text': () => redis.set(feedKey, 'rubbish'),
  }
  for (const [what, put] of Object.entries(wrong)) {
    const gaps = heard.all.filter(each => each === 'gap').length
    await put()
    await publisher.publish([changeTo(2)])
    t.equal(await redis.xlen(feedKey), 1, what)
    await heard.gaps(gaps + 1)
  }
})

t.test('the largest version there can be is written as it is', async t => {
  const { client, redis } = await open(t)
  await publisherAt(client).publish([changeTo(Number.MAX_SAFE_INTEGER)])
  await publisherAt(client).publish([changeTo(Number.MAX_SAFE_INTEGER - 1)])
  t.equal(await redis.get(versionKey('acme')), String(Number.MAX_SAFE_INTEGER))
})

t.test('nobody is told before the versions are raised', async t => {
  const { server, client, redis } = await open(t)
  await redis.call('ACL', 'SETUSER', 'default', '-eval', '-evalsha')
  await t.rejects(publisherAt(client).publish([changeTo(1)]), { code: 'STORE_UNAVAILABLE' })
  t.equal(await redis.xlen(feedKey), 0)
  await server.kill()
  await t.rejects(publisherAt(client).publish([changeTo(1)]), { code: 'STORE_UNAVAILABLE' })
})

t.test('a Redis that has forgotten the script learns it again', async t => {
  const { client, redis } = await open(t)
  await publisherAt(client).publish([changeTo(1)])
  await redis.script('FLUSH')
  await publisherAt(client).publish([changeTo(2)])
  t.equal(await redis.get(versionKey('acme')), '2')
})
