import t from 'tap'
import { SingleFlight, TooManyFlights } from '../../src/lib/single-flight.ts'

t.test('callers of one key share one load and its result', async t => {
  const flights = new SingleFlight<object>(10)
  let loads = 0
  const load = async () => ({ load: ++loads })
  const [first, second] = await Promise.all([flights.run('a', load), flights.run('a', load)])
  t.equal(first, second)
  t.equal(loads, 1)
})

t.test('callers of different keys share nothing', async t => {
  const flights = new SingleFlight<string>(10)
  const results = await Promise.all(['a', 'b'].map(key => flights.run(key, async () => key)))
  t.same(results, ['a', 'b'])
})

t.test('callers share a failure, and the next one tries again', async t => {
  const flights = new SingleFlight<string>(10)
  const failure = new Error('away')
  const fail = () => Promise.reject(failure)
  const both = [flights.run('a', fail), flights.run('a', async () => 'never called')]
  for (const flight of both) await t.rejects(flight, failure)
  t.equal(flights.size, 0)
  t.equal(await flights.run('a', async () => 'back'), 'back')
})

t.test('refuses a further key past its bound, but lets callers join', async t => {
  const flights = new SingleFlight<string>(1)
  let finish = (_: string) => {}
  const pending = flights.run('a', () => new Promise(resolve => (finish = resolve)))
  await t.rejects(
    flights.run('b', async () => 'b'),
    TooManyFlights,
  )
  const joined = flights.run('a', async () => 'other')
  finish('a')
  t.same(await Promise.all([pending, joined]), ['a', 'a'])
})
