import t from 'tap'
import { createMemoryDocumentStore } from '../../../src/store/memory/document-store.ts'
import { createManualClock } from '../../support/manual-clock.ts'
import { testDocumentStore } from '../contracts/document-store.ts'

testDocumentStore(t, async () => {
  const clock = createManualClock(0)
  const store = createMemoryDocumentStore({ documentsMax: 100, charactersMax: 10_000, clock })
  return {
    store,
    expire: async () => clock.advance(50),
    tell: async (tenantRef, accessVersion) => store.raiseVersion(tenantRef, accessVersion),
  }
})

t.test('holds no more documents, and no more characters, than it may', async t => {
  const clock = createManualClock(0)
  const store = createMemoryDocumentStore({ documentsMax: 10, charactersMax: 1000, clock })
  const question = (subject: number) => ({ issuer: 'i', subject: String(subject), tenantRef: 't' })
  for (let index = 0; index < 20; index += 1) await store.put(question(index), 'x', 1000)
  t.equal(await store.get(question(9)), null)
  t.match(await store.get(question(10)), { signed: 'x' })
  await store.put(question(30), 'x'.repeat(900), 1000)
  t.equal(await store.get(question(11)), null)
  t.ok(await store.get(question(30)))
})

t.test('the version of a tenant never falls, and is remembered for so many names only', async t => {
  const clock = createManualClock(0)
  const store = createMemoryDocumentStore({ documentsMax: 10, charactersMax: 1000, clock })
  const question = { issuer: 'i', subject: 's', tenantRef: 'acme' }
  await store.put(question, 'x', 1000)
  store.raiseVersion('acme', 5)
  store.raiseVersion('acme', 4)
  t.match(await store.get(question), { versionTold: 5 })
  for (let tenant = 0; tenant < 10; tenant += 1) store.raiseVersion(`tenant ${tenant}`, 1)
  t.match(await store.get(question), { versionTold: 0 })
})
