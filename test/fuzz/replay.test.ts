import t from 'tap'
import { runCampaign } from './campaign.ts'
import { readCorpus } from './corpus.ts'
import { fuzzers } from './fuzzers.ts'

/** How many fresh cases each fuzzer runs here, and outcomes without which they would prove nothing. */
const extents: readonly (readonly [name: string, cases: number, outcomes: readonly string[]])[] = [
  ['heads', 10_000, ['accepted', 'REQUEST_MALFORMED', 'TARGET_MALFORMED', 'CREDENTIALS_AMBIGUOUS']],
  ['targets', 40_000, ['accepted', 'matched', 'refused']],
  ['tokens', 6000, ['honest', 'accepted', 'TOKEN_SIGNATURE_INVALID', 'TOKEN_MALFORMED', 'TOKEN_KEY_UNKNOWN']],
  ['configurations', 300, ['proxy', 'control', 'mistakes']],
  ['watch', 3000, ['accepted', 'closed', 'http-chunk-size', 'http-line-end', 'refused by node']],
  ['responses', 60, ['whole', 'refused 502', 'cut']],
  ['sidecar', 400, ['200', '400', '200 200']],
]

t.test('every fuzzer is run here', async t => {
  t.same(
    extents.map(([name]) => name),
    [...fuzzers.keys()],
  )
})

for (const [name, cases, expected] of extents) {
  t.test(`${name}: what is kept, and ${cases} seeded cases, break no promise`, async t => {
    const fuzzer = await fuzzers.get(name)!()
    t.teardown(fuzzer.close)
    const corpus = readCorpus(name)
    t.ok(corpus.length > 0)
    const found = new Set<string>()
    const waiting = [...corpus]
    const replay = async () => {
      for (let kept = waiting.pop(); kept !== undefined; kept = waiting.pop()) {
        try {
          found.add(await fuzzer.check(kept.input))
        } catch (error) {
          t.fail(`${kept.name}: ${error instanceof Error ? error.message : error}`)
        }
      }
    }
    await Promise.all(Array.from({ length: fuzzer.concurrency }, replay))
    const { failures, outcomes } = await runCampaign({
      fuzzer,
      corpus: corpus.map(({ input }) => input),
      seed: 7,
      from: 0,
      cases,
      secondsMax: Number.POSITIVE_INFINITY,
      failuresMax: 1,
      progress: () => {},
    })
    t.same(failures, [])
    for (const [outcome] of outcomes) found.add(outcome)
    t.same(
      expected.filter(outcome => !found.has(outcome)),
      [],
      'and they are no monotony',
    )
  })
}
