import t from 'tap'
import { drain, stop } from '../../src/proxy/drain.ts'
import { createManualClock } from '../support/manual-clock.ts'

function target() {
  const steps: string[] = []
  const emptied = Promise.withResolvers<void>()
  return {
    steps,
    empty: emptied.resolve,
    announce: () => void steps.push('announce'),
    stopListening: () => void steps.push('stop listening'),
    cut: () => void steps.push('cut'),
    emptied: emptied.promise,
  }
}

const turn = () => new Promise<void>(resolve => setImmediate(resolve))

t.test('announces at once, stops listening after the delay, and cuts at the deadline', async t => {
  const clock = createManualClock(0)
  const server = target()
  const drained = drain(server, clock, 5000, 20_000)
  t.same(server.steps, ['announce'])
  clock.advance(4999)
  await turn()
  t.same(server.steps, ['announce'])
  clock.advance(1)
  await turn()
  t.same(server.steps, ['announce', 'stop listening'])
  clock.advance(19_999)
  await turn()
  t.equal(server.steps.length, 2)
  clock.advance(1)
  await turn()
  t.equal(server.steps.at(-1), 'cut')
  server.empty()
  await drained
  t.equal(clock.timerCount(), 0)
})

t.test('cuts nothing when everything ends in time', async t => {
  const clock = createManualClock(0)
  const server = target()
  const drained = drain(server, clock, 10, 20_000)
  clock.advance(10)
  await turn()
  server.empty()
  await drained
  t.notOk(server.steps.includes('cut'))
  t.equal(clock.timerCount(), 0)
})

t.test('waits no longer than a second for what was cut', async t => {
  const clock = createManualClock(0)
  const stopped = stop(target(), clock)
  clock.advance(1000)
  await stopped
  t.equal(clock.timerCount(), 0)
})
