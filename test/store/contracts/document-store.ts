import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import type { AccessQuestion } from '../../../src/access/document.ts'
import type { DocumentStore } from '../../../src/access/ports.ts'

/** What every store of signed documents promises. `isKept` waits as long as that store needs to forget. */
export function testDocumentStore(
  t: Test,
  build: (t: Test) => Promise<{ readonly store: DocumentStore; readonly expire: () => Promise<void> }>,
): void {
  t.test('gives back what was put for the same question, and null for one never put', async t => {
    const { store } = await build(t)
    const question = ask('https://idp/', randomUUID(), 'acme')
    t.equal(await store.get(question), null)
    await store.put(question, 'first', 60_000)
    await store.put({ ...question }, 'second', 60_000)
    t.equal(await store.get(question), 'second')
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
      t.equal(await store.get(question), `document ${index}`, `question ${index}`)
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
