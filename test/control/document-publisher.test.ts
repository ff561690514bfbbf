import t from 'tap'
import type { PublishResult } from '../../src/control/document-publisher.ts'
import { createDocumentPublisher } from '../../src/control/document-publisher.ts'

const question = { issuer: 'https://id.example/', subject: 'mona', tenantRef: 'acme' }

function open(put: () => Promise<void>, pendingMax = 2) {
  const results: PublishResult[] = []
  const publisher = createDocumentPublisher({
    store: { get: async () => null, put },
    ttlMs: 1000,
    pendingMax,
    events: { onPublished: result => results.push(result) },
  })
  return { results, publish: () => publisher.publish(question, 'signed') }
}

const settled = () => new Promise(resolve => setImmediate(resolve))

t.test('publishing returns before the store answers, and counts what it answered', async t => {
  const { results, publish } = open(async () => {})
  publish()
  t.same(results, [])
  await settled()
  t.same(results, ['ok'])
})

t.test('a store that fails, at once or later, is counted and disturbs nobody', async t => {
  for (const put of [
    () => Promise.reject(new Error('gone')),
    () => {
      throw new Error('gone at once')
    },
  ]) {
    const { results, publish } = open(put)
    publish()
    await settled()
    t.same(results, ['failed'])
  }
})

t.test('no more than the bound wait for the store, and room made is used again', async t => {
  const waiting: (() => void)[] = []
  const { results, publish } = open(() => new Promise(resolve => waiting.push(resolve)), 2)
  for (let count = 0; count < 4; count += 1) publish()
  t.same(results, ['dropped', 'dropped'])
  waiting[0]!()
  await settled()
  publish()
  t.equal(waiting.length, 3)
  t.same(results, ['dropped', 'dropped', 'ok'])
})
