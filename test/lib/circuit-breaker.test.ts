import t from 'tap'
import type { CircuitState } from '../../src/lib/circuit-breaker.ts'
import { CircuitBreaker, CircuitOpen } from '../../src/lib/circuit-breaker.ts'
import { createManualClock } from '../support/manual-clock.ts'

const away = () => Promise.reject(new Error('away'))
const well = async () => 'well'

function build(failuresToOpen: number) {
  const clock = createManualClock(0)
  const states: CircuitState[] = []
  const onChange = (state: CircuitState) => states.push(state)
  return { clock, states, breaker: new CircuitBreaker({ failuresToOpen, openMs: 500, clock, onChange }) }
}

t.test('opens after so many failures in a row, and then tries nothing', async t => {
  const { breaker, states } = build(3)
  for (const operation of [away, away, well, away, away]) await breaker.run(operation).catch(() => {})
  t.equal(breaker.state, 'closed', 'a success in between starts the count afresh')
  await t.rejects(breaker.run(away), { message: 'away' })
  t.equal(breaker.state, 'open')
  let tried = false
  await t.rejects(
    breaker.run(async () => (tried = true)),
    CircuitOpen,
  )
  t.equal(tried, false)
  t.same(states, ['open'])
})

t.test('after its time one single probe goes through, and closes it by succeeding', async t => {
  const { breaker, clock, states } = build(1)
  await t.rejects(breaker.run(away), { message: 'away' })
  clock.advance(499)
  t.equal(breaker.admits(), false)
  clock.advance(1)
  t.equal(breaker.admits(), true)
  const probe = breaker.run(well)
  t.equal(breaker.admits(), false)
  await t.rejects(breaker.run(well), CircuitOpen)
  t.equal(await probe, 'well')
  t.equal(await breaker.run(well), 'well')
  t.same(states, ['open', 'probing', 'closed'])
})

t.test('a probe that fails keeps it open for its time again', async t => {
  const { breaker, clock } = build(2)
  for (const _ of [1, 2]) await breaker.run(away).catch(() => {})
  clock.advance(500)
  await t.rejects(breaker.run(away), { message: 'away' })
  clock.advance(499)
  await t.rejects(breaker.run(well), CircuitOpen)
  clock.advance(1)
  t.equal(await breaker.run(well), 'well')
})

t.test('what was begun before it opened changes nothing when it ends', async t => {
  const { breaker, clock } = build(1)
  let succeed = (_: string) => {}
  let fail = (_: Error) => {}
  const slowSuccess = breaker.run(() => new Promise<string>(resolve => (succeed = resolve)))
  const slowFailure = breaker.run(() => new Promise<string>((_, reject) => (fail = reject)))
  await t.rejects(breaker.run(away), { message: 'away' })
  succeed('late')
  t.equal(await slowSuccess, 'late')
  t.equal(breaker.state, 'open')
  clock.advance(400)
  fail(new Error('late'))
  await t.rejects(slowFailure, { message: 'late' })
  clock.advance(100)
  t.equal(breaker.admits(), true, 'a late failure does not prolong it')
})
