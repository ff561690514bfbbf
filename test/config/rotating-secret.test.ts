import t from 'tap'
import { createRotatingSecret } from '../../src/config/rotating-secret.ts'
import { createManualClock } from '../support/manual-clock.ts'

t.test('a secret is read again after a while, and the last good one outlives a bad file', async t => {
  const clock = createManualClock(0)
  let content: string | null = 'second\n'
  let reads = 0
  const readFile = () => {
    reads += 1
    if (content === null) throw new Error('gone')
    return content
  }
  const secret = createRotatingSecret({ file: '/token', initial: 'first', readFile, clock, rereadMs: 1000 })
  clock.advance(999)
  t.equal(secret(), 'first')
  t.equal(reads, 0)
  clock.advance(1)
  t.equal(secret(), 'second')
  t.equal(secret(), 'second')
  t.equal(reads, 1)
  for (const bad of [null, '', '\n']) {
    content = bad
    clock.advance(1000)
    t.equal(secret(), 'second')
  }
})
