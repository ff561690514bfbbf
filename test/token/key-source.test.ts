import type { Test } from 'tap'
import t from 'tap'
import type { KeySourceOptions } from '../../src/token/key-source.ts'
import { KeySource } from '../../src/token/key-source.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { keySetOf, makeIssuer, makeKey } from '../support/tokens.ts'

const minuteMs = 60_000
const options: KeySourceOptions = {
  refreshMs: 10 * minuteMs,
  retryMs: 1000,
  cooldownMs: 30_000,
  missMs: minuteMs,
  missesMax: 100,
  staleMs: 24 * 60 * minuteMs,
  timeoutMs: 5000,
  waitersMax: 1000,
  keysMax: 20,
}
const one = makeKey('one')
const two = makeKey('two')
const unavailable = { code: 'KEYS_UNAVAILABLE' }

type Provider = (signal: AbortSignal) => string | Promise<string>

/** A key source whose provider is a function, and a clock that stands still. */
function setUp(t: Test, answer: Provider, more: Partial<KeySourceOptions> = {}) {
  const clock = createManualClock(1_700_000_000_000)
  const settled: (number | Error)[] = []
  let wake = () => {}
  let provider = answer
  let fetches = 0
  const source = new KeySource(
    makeIssuer(),
    { ...options, ...more },
    {
      clock,
      random: () => 0,
      keySet: {
        fetch: async signal => {
          fetches += 1
          return provider(signal)
        },
        close: async () => {},
      },
      events: {
        onFetched: (_, keyCount) => settle(keyCount),
        onFetchFailed: (_, cause) => settle(cause as Error),
      },
    },
  )
  t.teardown(() => source.close())
  return {
    clock,
    source,
    fetchCount: () => fetches,
    provide: (next: Provider) => {
      provider = next
    },
    /** Moves the time on and waits until the fetch that falls due has ended. */
    refresh: async (ms: number) => {
      const count = settled.length
      const ended = new Promise<void>(resolve => {
        wake = resolve
      })
      clock.advance(ms)
      if (settled.length === count) await ended
      await turn()
    },
    last: () => settled.at(-1),
  }

  function settle(result: number | Error): void {
    settled.push(result)
    wake()
  }
}

/** Lets everything run that waits for nothing but its turn. */
function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

const never = () => new Promise<string>(() => {})
const fails = () => Promise.reject(new Error('connection refused'))

t.test('the set is fetched at the start, and a known key is answered at once', async t => {
  const { source, fetchCount } = setUp(t, () => keySetOf(one))
  await source.start()
  const key = source.find('one')
  t.notOk(key instanceof Promise)
  t.match(key, { keyId: 'one' })
  t.equal(fetchCount(), 1)
})

t.test('a request that comes before the first answer waits for it', async t => {
  const { source, fetchCount } = setUp(t, () => keySetOf(one))
  const started = source.start()
  const found = await Promise.all([source.find('one'), source.find('one'), source.find('none')])
  await started
  t.match(found, [{ keyId: 'one' }, { keyId: 'one' }, null])
  t.equal(fetchCount(), 1)
})

t.test('an unknown key is refused without a fetch while the set is fresh', async t => {
  const { source, clock, fetchCount } = setUp(t, () => keySetOf(one))
  await source.start()
  clock.advance(options.cooldownMs - 1)
  t.equal(source.find('two'), null)
  t.equal(fetchCount(), 1)
})

t.test('a key that was rotated in is accepted within one cool-down', async t => {
  const { source, clock, provide, fetchCount } = setUp(t, () => keySetOf(one))
  await source.start()
  provide(() => keySetOf(one, two))
  t.equal(source.find('two'), null)
  clock.advance(options.cooldownMs)
  t.match(await source.find('two'), { keyId: 'two' })
  t.equal(fetchCount(), 2)
})

t.test('an id that a set just fetched does not hold causes no other fetch for a while', async t => {
  const { source, clock, fetchCount } = setUp(t, () => keySetOf(one))
  await source.start()
  clock.advance(options.cooldownMs)
  t.equal(await source.find('two'), null)
  clock.advance(options.missMs - 1)
  t.equal(source.find('two'), null)
  t.equal(fetchCount(), 2)
  clock.advance(1)
  t.equal(await source.find('two'), null)
  t.equal(fetchCount(), 3)
})

t.test('an id that is remembered as unknown is found once a refresh brings it', async t => {
  const { source, provide, refresh } = setUp(t, () => keySetOf(one), { refreshMs: 40_000 })
  await source.start()
  await refresh(40_000)
  t.equal(source.find('two'), null)
  provide(() => keySetOf(one, two))
  await refresh(40_000)
  t.match(source.find('two'), { keyId: 'two' })
})

const providers: readonly (readonly [string, Provider])[] = [
  ['answers', () => keySetOf(one)],
  ['answers with an empty set', () => '{"keys":[]}'],
  ['answers with a web page', () => '<html></html>'],
  ['refuses connections', fails],
  ['is slow', never],
]
for (const [name, provider] of providers) {
  t.test(`a flood of made-up ids costs one fetch per cool-down when the provider ${name}`, async t => {
    const { source, clock, provide, fetchCount } = setUp(t, () => keySetOf(one), { refreshMs: 1e9 })
    await source.start()
    provide(provider)
    for (let round = 1; round <= 3; round += 1) {
      clock.advance(options.cooldownMs)
      const flood: Promise<unknown>[] = []
      for (let id = 0; id < 1500; id += 1) flood.push(ask(() => source.find(`${round}-${id}`)))
      clock.advance(options.timeoutMs)
      await Promise.all(flood)
      for (let id = 0; id < 1500; id += 1) await ask(() => source.find(`${round}-later-${id}`))
      t.equal(fetchCount(), 1 + round)
      t.match(source.find('one'), { keyId: 'one' }, 'known keys are still answered at once')
    }
  })
}

/** A flood does not care for its answers. */
async function ask(question: () => unknown): Promise<void> {
  try {
    await question()
  } catch {}
}

t.test('requests past the bound do not wait for a slow provider', async t => {
  const { source } = setUp(t, never, { waitersMax: 2 })
  const waiting = [ask(() => source.find('a')), ask(() => source.find('b'))]
  await t.rejects(async () => source.find('c'), unavailable)
  await source.close()
  t.equal(waiting.length, 2)
})

t.test('without any set ever loaded every key is unavailable, and requests cause no fetch', async t => {
  const { source, fetchCount, clock } = setUp(t, fails, { retryMs: 30_000 })
  await source.start()
  for (let id = 0; id < 100; id += 1) t.throws(() => source.find(`k${id}`), unavailable)
  clock.advance(options.cooldownMs - 1)
  t.throws(() => source.find('k'), unavailable)
  t.equal(fetchCount(), 1)
})

t.test('without any set the first retries come soon, then as slowly as the cool-down', async t => {
  const { source, refresh, fetchCount, provide } = setUp(t, fails)
  await source.start()
  let count = 1
  for (const waitMs of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) {
    await refresh(waitMs)
    count += 1
    t.equal(fetchCount(), count)
  }
  provide(() => keySetOf(one))
  await refresh(30_000)
  t.match(source.find('one'), { keyId: 'one' })
})

t.test('an unknown key is unavailable, not refused, while the provider does not answer', async t => {
  const { source, clock, provide, fetchCount } = setUp(t, () => keySetOf(one), { refreshMs: 1e9 })
  await source.start()
  provide(fails)
  clock.advance(options.cooldownMs)
  await t.rejects(async () => source.find('two'), unavailable)
  t.throws(() => source.find('three'), unavailable)
  t.match(source.find('one'), { keyId: 'one' })
  t.equal(fetchCount(), 2)
})

t.test('a good set outlives its provider for a bounded time', async t => {
  const { source, clock, provide } = setUp(t, () => keySetOf(one))
  await source.start()
  const key = source.find('one')
  provide(fails)
  clock.advance(options.staleMs - 1)
  await turn()
  t.equal(source.find('one'), key)
  clock.advance(1)
  t.equal(source.holds(key as never), false)
  await t.rejects(async () => source.find('one'), unavailable)
  t.throws(() => source.find('one'), unavailable)
})

for (const [name, provider] of providers.slice(1, 4)) {
  t.test(`a good set is kept when the provider ${name}`, async t => {
    const { source, provide, refresh, fetchCount, last } = setUp(t, () => keySetOf(one))
    await source.start()
    provide(provider)
    await refresh(options.refreshMs)
    t.equal(fetchCount(), 2)
    t.ok(last() instanceof Error)
    t.match(source.find('one'), { keyId: 'one' })
    t.match(source.state(), { keyCount: 1, ageMs: options.refreshMs, isFailing: true })
    provide(() => keySetOf(two))
    await refresh(options.cooldownMs)
    t.match(source.find('two'), { keyId: 'two' })
    t.match(source.state(), { keyCount: 1, ageMs: 0, isFailing: false })
  })
}

t.test('the set is refreshed in the background even while made-up ids keep failing fetches busy', async t => {
  const { source, clock, provide, refresh, fetchCount } = setUp(t, () => keySetOf(one))
  await source.start()
  provide(fails)
  for (let round = 0; round < 5; round += 1) {
    clock.advance(options.cooldownMs)
    await ask(() => source.find(`made-up-${round}`))
  }
  const before = fetchCount()
  provide(() => keySetOf(two))
  await refresh(options.cooldownMs)
  t.equal(fetchCount(), before + 1)
  t.match(source.find('two'), { keyId: 'two' })
})

t.test('a key that is no longer published is no longer held, one that stayed is the same', async t => {
  const { source, provide, refresh } = setUp(t, () => keySetOf(one, two))
  await source.start()
  const kept = source.find('one') as never
  const dropped = source.find('two') as never
  t.ok(source.holds(dropped))
  provide(() => keySetOf(one))
  await refresh(options.refreshMs)
  t.equal(source.find('one'), kept)
  t.ok(source.holds(kept))
  t.notOk(source.holds(dropped))
})

t.test('another key under the same id is another key', async t => {
  const { source, provide, refresh } = setUp(t, () => keySetOf(one))
  await source.start()
  const before = source.find('one') as never
  provide(() => keySetOf(makeKey('one')))
  await refresh(options.refreshMs)
  t.notOk(source.holds(before))
  t.not(source.find('one'), before)
})

t.test(
  'an answer that comes after its deadline is not read, though the newer one came before it',
  async t => {
    const { source, provide, refresh, clock } = setUp(t, () => keySetOf(one))
    await source.start()
    let answerLate = (_: string) => {}
    provide(
      () =>
        new Promise(resolve => {
          answerLate = resolve
        }),
    )
    clock.advance(options.refreshMs)
    await refresh(options.timeoutMs)
    provide(() => keySetOf(two))
    await refresh(options.cooldownMs)
    answerLate(keySetOf(one))
    await turn()
    t.match(source.find('two'), { keyId: 'two' })
    t.equal(source.find('one'), null)
  },
)

t.test('a slow provider holds nobody longer than the deadline', async t => {
  const { source, clock } = setUp(t, never)
  const found = t.rejects(async () => source.find('one'), unavailable)
  clock.advance(options.timeoutMs)
  await found
})

t.test('a provider that throws at once is a failure like any other', async t => {
  const { source } = setUp(t, () => {
    throw new Error('no such host')
  })
  await source.start()
  t.throws(() => source.find('one'), unavailable)
})

t.test('a fetch that missed its deadline is told to stop', async t => {
  const signals: AbortSignal[] = []
  const { source, clock } = setUp(t, signal => {
    signals.push(signal)
    return never()
  })
  const started = source.start()
  t.equal(signals[0]?.aborted, false)
  clock.advance(options.timeoutMs)
  await started
  t.equal(signals[0]?.aborted, true)
})

t.test('a source that is closed during a fetch calls it off, and leaves no timer', async t => {
  const { source, clock, last, fetchCount } = setUp(
    t,
    signal =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped')))),
  )
  const started = source.start()
  await source.close()
  await started
  await turn()
  t.equal(clock.timerCount(), 0)
  t.equal(fetchCount(), 1)
  t.equal(last(), undefined, 'nobody is told of a fetch that was called off')
})

t.test('a source that is closed between two fetches leaves no timer', async t => {
  const { source, clock } = setUp(t, () => keySetOf(one))
  await source.start()
  t.equal(clock.timerCount(), 1)
  await source.close()
  t.equal(clock.timerCount(), 0)
})

t.test('the waits of a fleet are spread', async t => {
  const clock = createManualClock(0)
  let fetches = 0
  const keySet = {
    fetch: async () => {
      fetches += 1
      return keySetOf(one)
    },
    close: async () => {},
  }
  const events = { onFetched: () => {}, onFetchFailed: () => {} }
  const source = new KeySource(makeIssuer(), options, { clock, random: () => 0.5, keySet, events })
  t.teardown(() => source.close())
  await source.start()
  clock.advance(options.refreshMs * 1.05 - 1)
  t.equal(fetches, 1)
  clock.advance(1)
  t.equal(fetches, 2)
})
