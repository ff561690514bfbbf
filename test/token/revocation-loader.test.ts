import type { Test } from 'tap'
import t from 'tap'
import type { Revocation } from '../../src/token/revocation.ts'
import { startRevocationLoader } from '../../src/token/revocation-loader.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { revocationOf } from '../support/revocations.ts'

const everyMs = 300_000
const settle = () => new Promise(resolve => setImmediate(resolve))

/** A loader of a list that `answer` gives, a whole one unless told. */
function build(t: Test, begin: () => Promise<readonly Revocation[]> = async () => []) {
  const clock = createManualClock(0)
  const told: string[] = []
  let answer = begin
  let loads = 0
  const loader = startRevocationLoader({
    source: {
      async loadAll(add) {
        loads += 1
        for (const revocation of await answer()) add(revocation)
      },
    },
    revocations: { add: ({ kind }) => told.push(kind), complete: () => told.push('complete') },
    clock,
    everyMs,
    retry: { delayMsMin: 100, delayMsMax: 1000 },
    events: { onLoaded: () => told.push('loaded'), onFailure: () => told.push('failed') },
  })
  t.teardown(() => loader.close())
  return {
    loader,
    clock,
    told,
    loads: () => loads,
    answer: (next: typeof answer) => {
      answer = next
    },
  }
}

const away = () => Promise.reject(new Error('away'))
const tenant = revocationOf({ kind: 'tenant', tenantId: 'acme', notBeforeMs: 0 })

t.test('the list is complete when all of it was added, and not before', async t => {
  const { loader, told } = build(t, async () => [tenant])
  t.equal(loader.ageMs(), null)
  await loader.started
  t.same(told, ['tenant', 'complete', 'loaded'])
})

t.test('it goes on trying, with pauses, until the first list is in', async t => {
  const { loader, clock, told, answer, loads } = build(t, away)
  for (let failures = 1; failures <= 8; failures += 1) {
    await settle()
    t.equal(loads(), failures)
    clock.advance(1000)
  }
  t.notOk(told.includes('complete'))
  t.equal(loader.ageMs(), null)
  answer(async () => [])
  await settle()
  clock.advance(1000)
  await loader.started
  t.same(told.slice(-2), ['complete', 'loaded'])
})

t.test('it is loaded again when that is asked for, and every few minutes by itself', async t => {
  const { loader, clock, loads } = build(t)
  await loader.started
  await settle()
  clock.advance(1000)
  t.equal(loader.ageMs(), 1000)
  loader.reload()
  await settle()
  t.equal(loads(), 2)
  clock.advance(everyMs * 1.1)
  await settle()
  t.equal(loads(), 3)
})

t.test('a gap during a load is followed by one more load, as the first may have begun too early', async t => {
  const first = Promise.withResolvers<readonly Revocation[]>()
  const { loader, loads } = build(t, () => first.promise)
  loader.reload()
  loader.reload()
  t.equal(loads(), 1)
  first.resolve([])
  await loader.started
  await settle()
  t.equal(loads(), 2)
})

t.test('a list that fails later takes nothing back, and grows old', async t => {
  const { loader, clock, told, answer } = build(t)
  await loader.started
  await settle()
  answer(away)
  clock.advance(everyMs * 1.1)
  await settle()
  t.same(told, ['complete', 'loaded', 'failed'])
  t.equal(loader.ageMs(), everyMs * 1.1)
})

t.test('after its end nothing is loaded and no timer is left', async t => {
  const { loader, clock, answer, loads } = build(t, away)
  await settle()
  answer(async () => [])
  loader.close()
  clock.advance(everyMs * 2)
  loader.reload()
  await settle()
  t.equal(loads(), 1)
  t.equal(clock.timerCount(), 0)
})
