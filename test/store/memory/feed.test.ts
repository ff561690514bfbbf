import t from 'tap'
import { systemClock } from '../../../src/lib/clock.ts'
import { createMemoryDocumentStore } from '../../../src/store/memory/document-store.ts'
import { createMemoryFeed } from '../../../src/store/memory/feed.ts'
import { listen } from '../../support/feed.ts'
import { createManualClock } from '../../support/manual-clock.ts'
import { testFeed } from '../contracts/feed.ts'

testFeed(t, async () => {
  const clock = systemClock
  const documents = createMemoryDocumentStore({ documentsMax: 100, charactersMax: 10_000, clock })
  const feed = createMemoryFeed({ documents, clock, everyMs: 1 })
  return { publisher: feed, subscriber: feed, documents }
})

t.test('says so as often as it was told to, and leaves no timer behind', async t => {
  const clock = createManualClock(0)
  const documents = createMemoryDocumentStore({ documentsMax: 100, charactersMax: 10_000, clock })
  const feed = createMemoryFeed({ documents, clock, everyMs: 1000 })
  const heard = listen(t, () => feed)
  clock.advance(2999)
  t.equal(heard.times(), 3)
  await heard.close()
  t.equal(clock.timerCount(), 0)
})
