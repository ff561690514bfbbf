import t from 'tap'
import { generateEs256Key } from '../../src/lib/es256.ts'
import { documentIssuer, documentKeys } from '../../src/proxy/wire-keys.ts'
import { KeySource } from '../../src/token/key-source.ts'
import { createManualClock } from '../support/manual-clock.ts'

const options = {
  refreshMs: 600_000,
  retryMs: 1000,
  cooldownMs: 1000,
  missMs: 1000,
  missesMax: 100,
  staleMs: 86_400_000,
  timeoutMs: 1000,
  waitersMax: 10,
  keysMax: 10,
}

function build(answer: () => Promise<string>) {
  let fetches = 0
  const clock = createManualClock(0)
  const source = new KeySource(documentIssuer('http://127.0.0.1:1'), options, {
    clock,
    keySet: {
      fetch: () => {
        fetches += 1
        return answer()
      },
      close: async () => {},
    },
    random: () => 0,
    events: { onFetched: () => {}, onFetchFailed: () => {} },
  })
  t.teardown(() => source.close())
  return { clock, source, keys: documentKeys(source), fetches: () => fetches }
}

const one = generateEs256Key()
const other = generateEs256Key()
const setOf = (...keys: (typeof one)[]) => JSON.stringify({ keys: keys.map(({ publicJwk }) => publicJwk) })

t.test('a published key is found at once', async t => {
  const { source, keys } = build(async () => setOf(one))
  await source.start()
  t.ok(keys.find(one.keyId))
})

t.test(
  'a key that a new replica signs with is unknown once, and found after the fetch that this began',
  async t => {
    let published = setOf(one)
    const { clock, source, keys, fetches } = build(async () => published)
    await source.start()
    published = setOf(one, other)
    clock.advance(options.cooldownMs)
    t.equal(keys.find(other.keyId), null)
    await new Promise(resolve => setImmediate(resolve))
    t.ok(keys.find(other.keyId))
    t.equal(fetches(), 2)
  },
)

t.test('while no set can be had every key is unknown, and nothing is thrown or left to reject', async t => {
  const { clock, source, keys } = build(() => Promise.reject(new Error('refused')))
  await source.start()
  t.equal(keys.find(one.keyId), null)
  clock.advance(options.cooldownMs)
  t.equal(keys.find(one.keyId), null)
  await new Promise(resolve => setImmediate(resolve))
  t.equal(keys.find(one.keyId), null)
})

t.test('only the control plane’s own address names its key set', async t => {
  const { jwksUri, algorithms } = documentIssuer('https://control.example')
  t.equal(jwksUri, 'https://control.example/.well-known/postern-access-keys.json')
  t.strictSame(algorithms, ['ES256'])
})
