import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import type { FeedPublisher, FeedSubscriber } from '../../../src/access/feed.ts'
import type { DocumentStore } from '../../../src/access/ports.ts'
import { changeTo, listen } from '../../support/feed.ts'
import { until } from '../../support/until.ts'

export type FeedUnderTest = {
  readonly publisher: FeedPublisher
  readonly subscriber: FeedSubscriber
  /** Where the documents are that the feed is about. */
  readonly documents: DocumentStore
}

/** What every feed promises. */
export function testFeed(t: Test, build: (t: Test) => Promise<FeedUnderTest>): void {
  t.test('tells of a gap when it begins, then of everything once and in order', async t => {
    const { publisher, subscriber } = await build(t)
    const heard = listen(t, () => subscriber)
    await until('it listens', () => heard.times() > 0)
    await publisher.publish([changeTo(1), changeTo(2)])
    await publisher.publish([changeTo(3)])
    await publisher.publish([])
    for (let version = 4; version < 50; version += 1) await publisher.publish([changeTo(version)])
    await heard.hears(49)
    t.same(
      heard.all.filter(each => each !== 'gap'),
      Array.from({ length: 49 }, (_, index) => index + 1),
    )
    t.equal(heard.all[0], 'gap')
  })

  t.test('hands revocations on as they are', async t => {
    const { publisher, subscriber } = await build(t)
    const revocation = {
      kind: 'principal',
      id: randomUUID(),
      issuer: 'https://idp/',
      subject: 'ün:1',
      tenantId: null,
      notBeforeMs: 1,
      expiresAtMs: 2,
    } as const
    let heard: unknown = null
    let times = 0
    subscriber.start({
      onMessage: message => (heard = message),
      onGap() {},
      onHeard: () => (times += 1),
    })
    t.teardown(() => subscriber.close())
    await until('it listens', () => times > 0)
    await publisher.publish([{ kind: 'revocation', revocation }])
    t.same(await until('it is heard', () => heard), { kind: 'revocation', revocation })
  })

  t.test('says again and again that there is nothing older to be heard', async t => {
    const { subscriber } = await build(t)
    const heard = listen(t, () => subscriber)
    await until('it was said three times', () => heard.times() >= 3)
  })

  t.test('whoever hears of a change finds the version told, by each name of the tenant', async t => {
    const { publisher, subscriber, documents } = await build(t)
    const [tenantId, slug] = [randomUUID(), `slug-${randomUUID()}`]
    const questions = [tenantId, slug].map(tenantRef => ({ issuer: 'i', subject: 's', tenantRef }))
    for (const question of questions) await documents.put(question, 'old', 60_000)
    const found: unknown[] = []
    let times = 0
    subscriber.start({
      onMessage() {
        for (const question of questions) void documents.get(question).then(stored => found.push(stored))
      },
      onGap() {},
      onHeard: () => (times += 1),
    })
    t.teardown(() => subscriber.close())
    await until('it listens', () => times > 0)
    await publisher.publish([{ kind: 'access', tenantId, slug, accessVersion: 7 }])
    await until('both were looked up', () => found.length === 2)
    t.same(found, [
      { signed: 'old', versionTold: 7 },
      { signed: 'old', versionTold: 7 },
    ])
  })

  t.test('a version that is told late or twice takes nothing back', async t => {
    const { publisher, documents } = await build(t)
    const slug = `slug-${randomUUID()}`
    const question = { issuer: 'i', subject: 's', tenantRef: slug }
    const versionTold = async () => {
      await documents.put(question, 'signed', 60_000)
      return (await documents.get(question))!.versionTold
    }
    await publisher.publish([changeTo(8, slug)])
    await publisher.publish([changeTo(7, slug), changeTo(8, slug)])
    t.equal(await versionTold(), 8)
    await publisher.publish([changeTo(10, slug), changeTo(9, slug)])
    t.equal(await versionTold(), 10)
  })

  t.test('after it was closed nothing is heard', async t => {
    const { publisher, subscriber } = await build(t)
    const heard = listen(t, () => subscriber)
    await until('it listens', () => heard.times() > 0)
    await subscriber.close()
    const before = heard.all.length
    await publisher.publish([changeTo(1)])
    t.equal(heard.all.length, before)
  })
}
