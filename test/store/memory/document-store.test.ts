import t from 'tap'
import { createMemoryDocumentStore } from '../../../src/store/memory/document-store.ts'
import { createManualClock } from '../../support/manual-clock.ts'
import { testDocumentStore } from '../contracts/document-store.ts'

testDocumentStore(t, async () => {
  const clock = createManualClock(0)
  const store = createMemoryDocumentStore({ documentsMax: 100, charactersMax: 10_000, clock })
  return { store, expire: async () => clock.advance(50) }
})

t.test('holds no more documents, and no more characters, than it may', async t => {
  const clock = createManualClock(0)
  const store = createMemoryDocumentStore({ documentsMax: 10, charactersMax: 1000, clock })
  const question = (subject: number) => ({ issuer: 'i', subject: String(subject), tenantRef: 't' })
  for (let index = 0; index < 20; index += 1) await store.put(question(index), 'x', 1000)
  t.equal(await store.get(question(9)), null)
  t.equal(await store.get(question(10)), 'x')
  await store.put(question(30), 'x'.repeat(900), 1000)
  t.equal(await store.get(question(11)), null)
  t.ok(await store.get(question(30)))
})
