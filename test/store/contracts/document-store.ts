import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import type { AccessQuestion } from '../../../src/access/document.ts'
import type { DocumentStore } from '../../../src/access/ports.ts'

export type DocumentStoreUnderTest = {
  readonly store: DocumentStore
  /** Lets the time pass that documents of 50 ms are kept. */
  readonly expire: () => Promise<void>
  /** Tells of a version as the feed does. */
  readonly tell: (tenantRef: string, accessVersion: number) => Promise<void>
}

/** What every store of signed documents promises. */
export function testDocumentStore(t: Test, build: (t: Test) => Promise<DocumentStoreUnderTest>): void {
  t.test('gives back what was put for the same question, and null for one never put', async t => {
    const { store } = await build(t)
    const question = ask('https://idp/', randomUUID(), 'acme')
    t.equal(await store.get(question), null)
    await store.put(question, 'first', 60_000)
    await store.put({ ...question }, 'second', 60_000)
    t.same(await store.get(question), { signed: 'second', versionTold: 0 })
  })

  t.test('keeps questions apart whose parts read alike when joined', async t => {
    const { store } = await build(t)
    const run = randomUUID()
    const questions = [
      ask('i', `${run}s`, 't'),
      ask('i', run, 'st'),
      ask(`i${run}`, 's', 't'),
      ask(`i:1`, `${run}`, 't'),
      ask('i', `1:${run}`, 't'),
      ask('x', `y${run}`, 'a}:1:i:s'),
      ask('i', `s}:1:x:y${run}`, 'a'),
      ask(`i`, `${run}`, 'T'),
      ask(`i`, `${run}`, 't'),
      ask(`i`, `${run}`, ''),
    ]
    for (const [index, question] of questions.entries())
      await store.put(question, `document ${index}`, 60_000)
    for (const [index, question] of questions.entries())
      t.match(await store.get(question), { signed: `document ${index}` }, `question ${index}`)
  })

  t.test('tells with a document which version was told of its tenant by that name', async t => {
    const { store, tell } = await build(t)
    const [acme, globex, subject] = [randomUUID(), randomUUID(), randomUUID()]
    await store.put(ask('i', subject, acme), 'of acme', 60_000)
    await store.put(ask('i', subject, globex), 'of globex', 60_000)
    await tell(acme, 7)
    t.same(await store.get(ask('i', subject, acme)), { signed: 'of acme', versionTold: 7 })
    t.same(await store.get(ask('i', subject, globex)), { signed: 'of globex', versionTold: 0 })
    await store.put(ask('i', subject, acme), 'later', 60_000)
    t.match(await store.get(ask('i', subject, acme)), { versionTold: 7 }, 'however late it was put')
    t.equal(
      await store.get(ask('i', randomUUID(), acme)),
      null,
      'without a document there is nothing to tell',
    )
  })

  t.test('forgets a document when its time is over', async t => {
    const { store, expire } = await build(t)
    const question = ask('https://idp/', randomUUID(), 'acme')
    await store.put(question, 'signed', 50)
    await expire()
    t.equal(await store.get(question), null)
  })
}

function ask(issuer: string, subject: string, tenantRef: string): AccessQuestion {
  return { issuer, subject, tenantRef }
}
