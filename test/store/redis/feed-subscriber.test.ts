import t from 'tap'
import { readFeedMessages } from '../../../src/access/read-feed.ts'
import { systemClock } from '../../../src/lib/clock.ts'
import { createRedisDocumentStore } from '../../../src/store/redis/document-store.ts'
import { feedKey } from '../../../src/store/redis/feed-publisher.ts'
import { createRedisFeedSubscriber } from '../../../src/store/redis/feed-subscriber.ts'
import { changeTo, listen, listenAt, publisherAt } from '../../support/feed.ts'
import { createManualClock } from '../../support/manual-clock.ts'
import { connectClient, connectPlainly, startOwnRedis } from '../../support/redis.ts'
import { until } from '../../support/until.ts'
import { testFeed } from '../contracts/feed.ts'

type Test = Parameters<typeof startOwnRedis>[0]

/** A Redis with a feed in it, so that listening begins at an entry. */
async function open(t: Test) {
  const server = await startOwnRedis(t)
  const { client } = await connectClient(t, server.url)
  const publisher = publisherAt(client)
  await publisher.publish([changeTo(0)])
  return { server, client, publisher, redis: await connectPlainly(t, server.url) }
}

function addressOf(url: string, name = 'postern-feed-test') {
  return { url, username: null, password: null, name, connectTimeoutMs: 5000 }
}

const bounds = {
  readMessages: readFeedMessages,
  blockMs: 50,
  graceMs: 5000,
  entriesMax: 100,
  retry: { delayMsMin: 5, delayMsMax: 20 },
}

testFeed(t, async t => {
  const { server, client, publisher } = await open(t)
  const subscriber = createRedisFeedSubscriber({
    ...bounds,
    address: addressOf(server.url),
    clock: systemClock,
    events: { onState() {}, onUnreadable() {} },
  })
  return { publisher, subscriber, documents: createRedisDocumentStore(client) }
})

t.test('several hear everything once and in order, whoever tells it', async t => {
  const { server, publisher } = await open(t)
  const other = publisherAt((await connectClient(t, server.url)).client)
  const listeners = await Promise.all([1, 2, 3].map(() => listenAt(t, server.url)))
  for (let version = 1; version <= 200; version += 1)
    await (version % 2 === 0 ? publisher : other).publish([changeTo(version)])
  const expected = ['gap', ...Array.from({ length: 200 }, (_, index) => index + 1)]
  for (const { hears, all } of listeners) {
    await hears(200)
    t.same(all, expected)
  }
})

t.test('what was told before it listens is not heard', async t => {
  const { server, publisher } = await open(t)
  await publisher.publish([changeTo(1)])
  const { all, hears } = await listenAt(t, server.url)
  await publisher.publish([changeTo(2)])
  await hears(2)
  t.same(all, ['gap', 2])
})

t.test('more entries than it reads at a time are read one part after the other', async t => {
  const { server, publisher, redis } = await open(t)
  const heard = await listenAt(t, server.url, { entriesMax: 3 })
  const writes = redis.multi()
  for (let version = 1; version <= 20; version += 1)
    writes.xadd(feedKey, '*', 'm', JSON.stringify([changeTo(version)]))
  await writes.exec()
  await publisher.publish([changeTo(21)])
  await heard.hears(21)
  t.same(heard.all, ['gap', ...Array.from({ length: 21 }, (_, index) => index + 1)])
})

t.test('a stream that begins after it listens is heard from its first entry on', async t => {
  const server = await startOwnRedis(t)
  const { client } = await connectClient(t, server.url)
  const { all, hears } = await listenAt(t, server.url)
  await publisherAt(client).publish([changeTo(1)])
  await publisherAt(client).publish([changeTo(2)])
  await hears(2)
  t.same(all, ['gap', 'gap', 1, 2])
})

t.test('a connection that is killed again and again costs nothing', async t => {
  const { server, publisher, redis } = await open(t)
  const heard = await listenAt(t, server.url)
  for (let version = 1; version <= 20; version += 1) {
    const lines = String(await redis.client('LIST')).split('\n')
    const id = /^id=(\d+)/.exec(lines.find(line => line.includes('name=postern-feed-test')) ?? '')?.[1]
    if (id !== undefined) await redis.client('KILL', 'ID', id)
    await publisher.publish([changeTo(version)])
    await heard.hears(version)
  }
  t.same(heard.all, ['gap', ...Array.from({ length: 20 }, (_, index) => index + 1)])
  t.ok(heard.states.includes('lost'))
  t.equal(heard.states.at(-1), 'listening')
})

t.test('a Redis that is killed and comes back empty is a gap, and heard again', async t => {
  const { server } = await open(t)
  const heard = await listenAt(t, server.url)
  await server.kill()
  await until('it is lost', () => heard.states.at(-1) === 'lost')
  const again = await startOwnRedis(t, Number(new URL(server.url).port))
  const publisher = publisherAt((await connectClient(t, again.url)).client)
  await publisher.publish([changeTo(1)])
  await heard.gaps(2)
  await until('it listens', () => heard.states.at(-1) === 'listening')
  await publisher.publish([changeTo(2)])
  await heard.hears(2)
  t.equal(heard.all.filter(each => each === 2).length, 1)
})

t.test('a Redis that is frozen for too long is lost, and nothing was missed afterwards', async t => {
  const { server, publisher } = await open(t)
  const heard = await listenAt(t, server.url, { blockMs: 20, graceMs: 100 })
  server.freeze()
  await until('it is lost', () => heard.states.at(-1) === 'lost')
  const told = publisher.publish([changeTo(1)])
  server.thaw()
  await told
  await heard.hears(1)
  t.same(heard.all, ['gap', 1])
  await until('it listens', () => heard.states.at(-1) === 'listening')
})

t.test('a Redis that is flushed is a gap, before and after the next message', async t => {
  const { server, publisher, redis } = await open(t)
  const heard = await listenAt(t, server.url)
  await redis.flushall()
  await heard.gaps(2)
  await publisher.publish([changeTo(1)])
  await heard.hears(1)
  await redis
    .multi()
    .flushall()
    .xadd(feedKey, '*', 'm', JSON.stringify([changeTo(2)]))
    .exec()
  await heard.hears(2)
  t.same(heard.all.slice(-2), ['gap', 2])
})

t.test('a stream that was trimmed past its place is a gap', async t => {
  const { server, publisher, redis } = await open(t)
  const heard = await listenAt(t, server.url)
  await publisher.publish([changeTo(1)])
  await heard.hears(1)
  const writes = redis.multi()
  for (const version of [2, 3, 4]) writes.xadd(feedKey, '*', 'm', JSON.stringify([changeTo(version)]))
  await writes.xtrim(feedKey, 'MAXLEN', 1).exec()
  await heard.hears(4)
  t.same(heard.all, ['gap', 1, 'gap', 4])
})

t.test('a stream that was trimmed while the connection was down is a gap', async t => {
  const { server, publisher, redis } = await open(t)
  const frozen = await listenAt(t, server.url, { blockMs: 20, graceMs: 100 })
  await publisher.publish([changeTo(1)])
  await frozen.hears(1)
  const writes = redis.multi()
  for (const version of [2, 3]) writes.xadd(feedKey, '*', 'm', JSON.stringify([changeTo(version)]))
  writes.xtrim(feedKey, 'MAXLEN', 0)
  server.freeze()
  await until('it is lost', () => frozen.states.at(-1) === 'lost')
  const written = writes.exec()
  server.thaw()
  await written
  await frozen.gaps(2)
  await publisher.publish([changeTo(4)])
  await frozen.hears(4)
  t.same(frozen.all, ['gap', 1, 'gap', 'gap', 4], 'no entry of its place is left to begin from')
})

/** A listener at a primary that has told 1 and is about to die, and its replica, which has kept that much. */
async function openPair(t: Test) {
  const { server, publisher, redis: primary } = await open(t)
  await primary.config('SET', 'repl-diskless-sync-delay', '0')
  const replica = await startOwnRedis(t)
  const redis = await connectPlainly(t, replica.url)
  const { hostname, port } = new URL(server.url)
  await redis.replicaof(hostname, Number(port))
  await until('the replica follows', async () => (await redis.xlen(feedKey)) === 1)
  const address = { ...addressOf(server.url) }
  const heard = await listenAt(t, server.url, { address })
  await publisher.publish([changeTo(1)])
  await heard.hears(1)
  await until('the replica has it', async () => (await redis.xlen(feedKey)) === 2)
  await redis.replicaof('NO', 'ONE')
  return {
    publisher,
    heard,
    async failOver() {
      await server.kill()
      address.url = replica.url
      return publisherAt((await connectClient(t, replica.url)).client)
    },
  }
}

t.test('a replica that takes over is a gap, as it may lack what was told last', async t => {
  const { heard, failOver } = await openPair(t)
  const publisher = await failOver()
  await heard.gaps(2)
  await publisher.publish([changeTo(3)])
  await heard.hears(3)
  t.same(heard.all, ['gap', 1, 'gap', 3])
})

t.test('a replica that takes over with less than was heard is a gap', async t => {
  const { publisher, heard, failOver } = await openPair(t)
  await publisher.publish([changeTo(2)])
  await heard.hears(2)
  const next = await failOver()
  await next.publish([changeTo(3)])
  await next.publish([changeTo(4)])
  await heard.hears(4)
  t.same(heard.all, ['gap', 1, 2, 'gap', 3, 4])
})

t.test('what nobody of ours wrote is a gap, is counted, and passed over', async t => {
  const { server, publisher, redis } = await open(t)
  const heard = await listenAt(t, server.url)
  await redis.xadd(feedKey, '*', 'm', 'rubbish')
  await redis.xadd(feedKey, '*', 'other', '[]')
  await redis.xadd(feedKey, '*', 'm', '[{"kind":"access"}]')
  await publisher.publish([changeTo(1)])
  await heard.hears(1)
  t.same(heard.all, ['gap', 'gap', 'gap', 'gap', 1])
  t.equal(heard.unreadable(), 3)
})

t.test('a key that is no stream is a feed that is lost, until somebody removes it', async t => {
  const { server, publisher, redis } = await open(t)
  const heard = await listenAt(t, server.url)
  await redis.multi().del(feedKey).set(feedKey, 'not a stream').exec()
  await until('it is lost', () => heard.states.at(-1) === 'lost')
  const { length } = heard.states
  await redis.del(feedKey)
  await until('it listens', () => heard.states.at(-1) === 'listening')
  t.equal(heard.states.length, length + 1, 'lost once')
  await heard.gaps(2)
  await publisher.publish([changeTo(1)])
  await heard.hears(1)
})

t.test('where there is no Redis it goes on trying, and hears as soon as there is one', async t => {
  const server = await startOwnRedis(t)
  const { url } = server
  await server.kill()
  let connects = 0
  const address = addressOf(url)
  const counted = Object.defineProperty({ ...address }, 'url', {
    get: () => {
      connects += 1
      return url
    },
  })
  const heard = listen(t, events =>
    createRedisFeedSubscriber({ ...bounds, address: counted, clock: systemClock, events }),
  )
  await until('it tried three times', () => connects >= 3)
  t.same([heard.all, heard.states], [[], []])
  const again = await startOwnRedis(t, Number(new URL(url).port))
  await until('it listens', () => heard.times() > 0)
  await publisherAt((await connectClient(t, again.url)).client).publish([changeTo(1)])
  await heard.hears(1)
})

t.test('closing does not wait for a read, nor for the next attempt, and leaves nothing behind', async t => {
  const { server, redis } = await open(t)
  const heard = await listenAt(t, server.url, { blockMs: 600_000 })
  await heard.close()
  await until(
    'its connection is gone',
    async () => !String(await redis.client('LIST')).includes('name=postern-feed-test'),
  )
  t.same(heard.states, ['listening'])

  await server.kill()
  const clock = createManualClock(0)
  const trying = createRedisFeedSubscriber({
    ...bounds,
    address: addressOf(server.url),
    retry: { delayMsMin: 600_000, delayMsMax: 600_000 },
    clock,
    events: { onState() {}, onUnreadable() {} },
  })
  trying.start({ onMessage() {}, onGap() {}, onHeard() {} })
  await until('it pauses', () => clock.timerCount() === 1)
  await trying.close()
  t.equal(clock.timerCount(), 0)
})
