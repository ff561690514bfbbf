import t from 'tap'
import { TokenBucket } from '../../src/lib/token-bucket.ts'

/** How many can be taken at once. */
function drain(bucket: TokenBucket, nowMs: number): number {
  let taken = 0
  for (; bucket.waitMs(nowMs) === 0; taken += 1) bucket.take()
  return taken
}

t.test('begins with twice what a second brings, and never holds more', async t => {
  const bucket = new TokenBucket(10, 0)
  t.equal(drain(bucket, 0), 20)
  t.equal(drain(bucket, 500), 5)
  t.equal(drain(bucket, 1_000_000), 20)
  bucket.take()
  bucket.giveBack()
  t.equal(drain(bucket, 2_000_000), 20)
  const full = new TokenBucket(10, 0)
  full.giveBack()
  t.equal(drain(full, 0), 20, 'also where something was given back')
})

t.test('says how long until the next, and keeps its word', async t => {
  const bucket = new TokenBucket(4, 0)
  drain(bucket, 0)
  const waitMs = bucket.waitMs(0)
  t.equal(waitMs, 250)
  t.ok(bucket.waitMs(waitMs - 1) > 0)
  t.equal(bucket.waitMs(waitMs), 0)
})

t.test('has again what is given back', async t => {
  const bucket = new TokenBucket(1, 0)
  drain(bucket, 0)
  bucket.giveBack()
  t.equal(drain(bucket, 0), 1)
})
