import type { Mutation } from './mutation.ts'
import { mutations } from './mutation.ts'
import type { MutationResult } from './results.ts'
import { isNoticed, readResults, writeResults } from './results.ts'
import type { Verdict } from './verdict.ts'
import { Workbench } from './workbench.ts'

/**
 * What `npm run test:mutations:requests` runs: every mutation of the path of a request, or those that a word names
 * (part of the sentence, of the file or of a test, or the number of a threat). Prints a line each, writes the results
 * that docs/threats.md is made of, and fails when one goes unnoticed.
 */
const overdue: Verdict = { outcome: 'noticed', title: 'waits for ever' }
const words = process.argv.slice(2)
const chosen = mutations.filter(mutation => words.length === 0 || words.some(word => isNamed(mutation, word)))
const workbench = new Workbench()
try {
  await assertSound(chosen)
  const results = new Map(known())
  let unnoticed = 0
  for (const [index, mutation] of chosen.entries()) {
    const result = await run(mutation)
    results.set(mutation.what, result)
    writeResults(mutations.flatMap(({ what }) => results.get(what) ?? []))
    if (!isNoticed(result)) unnoticed += 1
    console.log(`${String(index + 1).padStart(3)}/${chosen.length} ${lineOf(mutation, result)}`)
  }
  console.log(`\n${chosen.length - unnoticed} noticed, ${unnoticed} not. Now: node test/generate.ts`)
  process.exitCode = unnoticed === 0 ? 0 : 1
} finally {
  workbench.close()
}

/** A test that fails anyway notices nothing. */
async function assertSound(chosen: readonly Mutation[]): Promise<void> {
  const tests = new Set(chosen.flatMap(mutation => mutation.tests))
  const failing: string[] = []
  for (const test of tests) {
    const { outcome } = await workbench.run(test)
    if (outcome !== 'passed') failing.push(test)
  }
  if (failing.length > 0)
    throw new Error(`These tests fail although nothing is broken:\n${failing.join('\n')}`)
  console.log(`${tests.size} tests pass while nothing is broken`)
}

async function run(mutation: Mutation): Promise<MutationResult> {
  const verdicts = []
  for (const test of mutation.tests) {
    const verdict = await workbench.runMutated(mutation, test)
    const isOverdue = verdict.outcome === 'hung' && mutation.hangs === true
    verdicts.push({ test, verdict: isOverdue ? overdue : verdict })
  }
  return { what: mutation.what, verdicts }
}

function lineOf({ threats, what }: Mutation, result: MutationResult): string {
  const said = result.verdicts.map(({ test, verdict }) => {
    if (verdict.outcome === 'noticed') return `${test}: ${verdict.title}`
    return `${test} ${verdict.outcome}${verdict.outcome === 'broke' ? `: ${verdict.reason}` : ''}`
  })
  return `${isNoticed(result) ? 'noticed  ' : 'UNNOTICED'} [${threats.join(', ')}] ${what}\n            ${said.join('\n            ')}`
}

function isNamed({ threats, what, file, tests }: Mutation, word: string): boolean {
  return threats.includes(Number(word)) || [what, file, ...tests].some(text => text.includes(word))
}

function known(): [string, MutationResult][] {
  try {
    return readResults().map(result => [result.what, result])
  } catch {
    return []
  }
}
