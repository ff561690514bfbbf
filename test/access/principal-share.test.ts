import t from 'tap'
import { PrincipalShare } from '../../src/access/principal-share.ts'
import { TooManyFlights } from '../../src/lib/single-flight.ts'
import { createManualClock } from '../support/manual-clock.ts'

function build(atOnceMax = 2, perSecondMax = 10) {
  const clock = createManualClock(0)
  return { clock, share: new PrincipalShare({ atOnceMax, perSecondMax, principalsMax: 100, clock }) }
}

const done = async () => 'done'

t.test('only so many of one principal are under way, and others have their own share', async t => {
  const { share } = build()
  const gate = Promise.withResolvers<void>()
  const first = share.run('mona', () => gate.promise)
  const second = share.run('mona', () => gate.promise)
  await t.rejects(share.run('mona', done), TooManyFlights)
  t.equal(await share.run('otto', done), 'done')
  gate.resolve()
  await Promise.all([first, second])
  t.equal(await share.run('mona', done), 'done')
})

t.test('what fails gives its place back as well', async t => {
  const { share } = build(1)
  await t.rejects(
    share.run('mona', () => Promise.reject(new Error('away'))),
    /away/,
  )
  t.equal(await share.run('mona', done), 'done')
})

t.test('after twice a second’s worth no more begin than a second allows', async t => {
  const { share, clock } = build()
  for (let count = 0; count < 20; count += 1) await share.run('mona', done)
  await t.rejects(share.run('mona', done), TooManyFlights)
  clock.advance(99)
  await t.rejects(share.run('mona', done), TooManyFlights)
  clock.advance(1)
  t.equal(await share.run('mona', done), 'done')
  await t.rejects(share.run('mona', done), TooManyFlights)
})
