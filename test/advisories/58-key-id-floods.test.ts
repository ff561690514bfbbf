/**
 * Threat 58: every key id that nobody has costs the identity provider a fetch.
 * Advisories: none
 * Defence: unknown key ids, whatever becomes of a fetch, cause one in a cool-down that is counted in time
 * alone, and share the one that is under way (find in src/token/key-source.ts); those that wait, and those
 * that are remembered, are bounded.
 */
import t from 'tap'
import { KeySource } from '../../src/token/key-source.ts'
import { floodedProviders, floodWithKeyIds } from '../hostile/tokens/kid-floods.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { worldOptions, worldStartMs } from '../support/token-world.ts'
import { keySetOf, makeIssuer, makeKey } from '../support/tokens.ts'

const body = keySetOf(makeKey('known'))

// Each fault brings its stack along: that is most of what a flood costs here, and none of what is tested.
Error.stackTraceLimit = 0

for (const provider of Object.keys(floodedProviders)) {
  t.test(`a flood of key ids costs one fetch per cool-down when the provider gives ${provider}`, async t => {
    const keyIds = provider === 'a good set' ? 100_000 : 6000
    const { fetches, coolDowns, isKnownKeyFound } = await floodWithKeyIds(provider, keyIds)
    t.ok(fetches > 0 && fetches <= coolDowns, `${fetches} fetches in ${coolDowns} cool-downs`)
    t.ok(isKnownKeyFound, 'the key that is published is found at once, all the time')
  })
}

t.test(
  'no more unknown key ids are remembered than the bound, and what waits for a fetch is bounded',
  async t => {
    const clock = createManualClock(worldStartMs)
    const keySet = { fetch: async () => body, close: async () => {} }
    const options = { ...worldOptions, missesMax: 10, missMs: 600_000, waitersMax: 11, refreshMs: 1e9 }
    const keys = new KeySource(makeIssuer(), options, {
      clock,
      keySet,
      random: () => 0,
      events: { onFetched() {}, onFetchFailed() {} },
    })
    t.teardown(() => keys.close())
    await keys.start()
    clock.advance(options.cooldownMs)
    const waiting = Array.from({ length: 11 }, (_, index) => keys.find(`unknown-${index}`))
    await t.rejects(async () => keys.find('one too many'), { code: 'KEYS_UNAVAILABLE' })
    t.same(await Promise.all(waiting), Array(11).fill(null))
    clock.advance(options.cooldownMs)
    t.equal(keys.find('unknown-10'), null, 'what is remembered as unknown is not asked for again')
    t.ok(keys.find('unknown-0') instanceof Promise, 'the first has made room, and may be asked for')
  },
)

/** How often a provider that always fails is asked in the first 90 s after a cold start. */
async function fetchesWhileCold(keyIdsPerSecond: number): Promise<number> {
  const clock = createManualClock(worldStartMs)
  let fetches = 0
  const keys = new KeySource(makeIssuer(), worldOptions, {
    clock,
    keySet: {
      fetch: async () => {
        fetches += 1
        throw new Error('connection refused')
      },
      close: async () => {},
    },
    random: () => 0,
    events: { onFetched() {}, onFetchFailed() {} },
  })
  await keys.start()
  for (let second = 0; second < 90; second += 1) {
    clock.advance(1000)
    for (let index = 0; index < keyIdsPerSecond; index += 1)
      await Promise.resolve()
        .then(() => keys.find(`${second}-${index}`))
        .catch(() => {})
    await new Promise(resolve => setImmediate(resolve))
  }
  await keys.close()
  return fetches
}

t.test('while no set was ever loaded, a flood adds nothing to the retries there are', async t => {
  const alone = await fetchesWhileCold(0)
  const flooded = await fetchesWhileCold(20)
  t.ok(flooded <= alone, `${alone} fetches without a flood, ${flooded} with one`)
})
