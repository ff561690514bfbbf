import { randomUUID } from 'node:crypto'
import t from 'tap'
import { createDocumentLoader } from '../../../src/access/document-loader.ts'
import { systemClock } from '../../../src/lib/clock.ts'
import { createRedisDocumentStore, versionKey } from '../../../src/store/redis/document-store.ts'
import { accessDocument, documentKeys, question } from '../../support/access.ts'
import { publisherAt } from '../../support/feed.ts'
import { connectClient, connectPlainly, sharedRedisUrl, startOwnRedis } from '../../support/redis.ts'
import { testDocumentStore } from '../contracts/document-store.ts'

testDocumentStore(t, async t => {
  const { client } = await connectClient(t, sharedRedisUrl())
  const redis = await connectPlainly(t, sharedRedisUrl())
  return {
    store: createRedisDocumentStore(client),
    async expire() {
      const keys = await redis.keys('postern:document:*')
      const lifetimes = await Promise.all(keys.map(async key => ({ key, ms: await redis.pttl(key) })))
      for (const { key, ms } of lifetimes) if (ms <= 50) await redis.del(key)
    },
    async tell(tenantRef, accessVersion) {
      await redis.set(versionKey(tenantRef), accessVersion, 'PX', 60_000)
    },
  }
})

t.test('every document it writes expires', async t => {
  const { client } = await connectClient(t, sharedRedisUrl())
  const redis = await connectPlainly(t, sharedRedisUrl())
  const subject = randomUUID()
  await createRedisDocumentStore(client).put({ issuer: 'i', subject, tenantRef: 'acme' }, 'signed', 60_000.4)
  const keys = await redis.keys(`postern:document:*${subject}`)
  t.equal(keys.length, 1)
  t.ok((await redis.pttl(keys[0]!)) > 0)
})

t.test('a document and the version of its tenant are one command and one slot', async t => {
  const server = await startOwnRedis(t)
  const { client } = await connectClient(t, server.url)
  const redis = await connectPlainly(t, server.url)
  const store = createRedisDocumentStore(client)
  const question = { issuer: 'i', subject: 's', tenantRef: 'acme' }
  await store.put(question, 'signed', 60_000)
  await redis.config('RESETSTAT')
  await store.get(question)
  t.match(await redis.info('commandstats'), /^cmdstat_mget:calls=1,/m)
  t.notMatch(await redis.info('commandstats'), /^cmdstat_get:/m)
  const tags = [...(await redis.keys('postern:document:*')), versionKey('acme')].map(
    key => /\{.*?\}/.exec(key)![0],
  )
  t.same(tags, ['{acme}', '{acme}'])
})

t.test('beside something that is no version a document cannot be judged', async t => {
  const { client } = await connectClient(t, sharedRedisUrl())
  const redis = await connectPlainly(t, sharedRedisUrl())
  const store = createRedisDocumentStore(client)
  const question = { issuer: 'i', subject: 's', tenantRef: randomUUID() }
  await store.put(question, 'signed', 60_000)
  for (const version of ['', 'rubbish', '-1', '1e3', '12345678901234567']) {
    await redis.set(versionKey(question.tenantRef), version, 'PX', 60_000)
    await t.rejects(store.get(question), { code: 'STORE_UNAVAILABLE' }, version)
  }
})

t.test('what a slow control plane shares after a change is not believed, by either name', async t => {
  const { client } = await connectClient(t, (await startOwnRedis(t)).url)
  const store = createRedisDocumentStore(client)
  const { sign, verify } = documentKeys()
  const rejected: string[] = []
  const loader = createDocumentLoader({
    store,
    source: { load: async () => null },
    verify,
    clock: systemClock,
    bounds: { staleMs: 900_000, skewMs: 5000 },
    events: { onRejected: (_, reason) => rejected.push(reason), onFailure: () => rejected.push('failed') },
  })
  const { tenant } = accessDocument()
  const readBefore = sign(accessDocument({ issuedAtMs: Date.now(), accessVersion: 6 }))
  const readAfter = sign(accessDocument({ issuedAtMs: Date.now(), accessVersion: 7 }))
  await publisherAt(client).publish([
    { kind: 'access', tenantId: tenant.id, slug: tenant.slug, accessVersion: 7 },
  ])
  for (const tenantRef of [tenant.id, tenant.slug]) {
    await store.put(question(tenantRef), readBefore, 60_000)
    t.equal(await loader.fromStore(question(tenantRef)), null)
    await store.put(question(tenantRef), readAfter, 60_000)
    t.match(await loader.fromStore(question(tenantRef)), { document: { accessVersion: 7 } })
  }
  t.same(rejected, ['outdated', 'outdated'])
})

t.test('fails with STORE_UNAVAILABLE when Redis is gone', async t => {
  const server = await startOwnRedis(t)
  const { client } = await connectClient(t, server.url)
  const store = createRedisDocumentStore(client)
  const question = { issuer: 'i', subject: 's', tenantRef: 'acme' }
  await server.kill()
  await t.rejects(store.get(question), { code: 'STORE_UNAVAILABLE' })
  await t.rejects(store.put(question, 'signed', 1000), { code: 'STORE_UNAVAILABLE' })
})
