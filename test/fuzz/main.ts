import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Failure, Report } from './campaign.ts'
import { runCampaign } from './campaign.ts'
import { readCorpus } from './corpus.ts'
import { fuzzers } from './fuzzers.ts'

/** `npm run fuzz -- --target heads …`. The exit code is 1 when something failed, stalled or could not start. */
const usage = `npm run fuzz -- --target ${[...fuzzers.keys()].join('|')}
  --cases N      how many cases (10000)
  --seed N       the same seed makes the same cases (1)
  --from N       the number of the first case (0)
  --seconds N    ends sooner (no end)
  --input FILE   checks that one input instead`

const shownMax = 2000

const { values } = parseArgs({
  options: {
    target: { type: 'string' },
    cases: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    seconds: { type: 'string', default: String(Number.MAX_SAFE_INTEGER) },
    input: { type: 'string' },
  },
})
const start = fuzzers.get(values.target ?? '')
const [cases, seed, from, secondsMax] = [values.cases, values.seed, values.from, values.seconds].map(Number)

if (start === undefined || ![cases, seed, from, secondsMax].every(Number.isSafeInteger)) {
  console.error(usage)
  process.exitCode = 64
} else if (values.input !== undefined) await checkOne(values.input)
else await campaign()

async function checkOne(file: string): Promise<void> {
  const fuzzer = await start!()
  console.log(await fuzzer.check(readFileSync(file, 'latin1')))
  await fuzzer.close()
}

async function campaign(): Promise<void> {
  const fuzzer = await start!()
  const report = await runCampaign({
    fuzzer,
    corpus: readCorpus(fuzzer.name).map(({ input }) => input),
    seed: seed!,
    from: from!,
    cases: cases!,
    secondsMax: secondsMax!,
    failuresMax: 5,
    progress: tell,
  })
  report.failures.forEach(tellFailure)
  for (const index of report.stalls) console.log(`\nSTALL in case ${index}\n  again    ${again(index)}`)
  tell(report)
  process.exitCode = report.failures.length + report.stalls.length === 0 ? 0 : 1
  await fuzzer.close()
}

/** The input is made again by the command; only a short one is shown beside the least that fails. */
function tellFailure({ index, message, uncaught, input, least }: Failure): void {
  console.log(`\n${uncaught ? 'UNCAUGHT' : 'BROKEN PROMISE'} in case ${index}: ${message}`)
  if (input.length <= shownMax) console.log(`  input    ${JSON.stringify(input)}`)
  if (least.length <= shownMax) console.log(`  minimal  ${JSON.stringify(least)}`)
  console.log(`  again    ${again(index)}`)
}

function again(index: number): string {
  return `npm run fuzz -- --target ${values.target} --seed ${seed} --from ${index} --cases 1`
}

function tell({ cases, seconds, failures, outcomes, slowest, stalls }: Report): void {
  const uncaught = failures.filter(failure => failure.uncaught).length
  console.log(`  ${outcomes.map(([outcome, count]) => `${outcome} ${count}`).join(', ')}`)
  console.log(
    `${values.target}, seed ${seed}: ${cases} cases in ${seconds.toFixed(1)} s (${Math.round(cases / seconds)}/s), ` +
      `${uncaught} uncaught, ${failures.length - uncaught} broken promises, ` +
      `slowest ${slowest.ms.toFixed(1)} ms (case ${slowest.index}), ${stalls.length} stalls over 50 ms`,
  )
}
