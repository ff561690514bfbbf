import { readFileSync, writeFileSync } from 'node:fs'
import type { Verdict } from './verdict.ts'

/** What became of a mutation: a verdict for each of its tests, in their order. */
export type MutationResult = {
  readonly what: string
  readonly verdicts: readonly { readonly test: string; readonly verdict: Verdict }[]
}

const file = new URL('results.json', import.meta.url)

/** What the last run wrote. */
export function readResults(): readonly MutationResult[] {
  return JSON.parse(readFileSync(file, 'utf8')) as MutationResult[]
}

export function writeResults(results: readonly MutationResult[]): void {
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`)
}

/** Whether every test that must notice did. */
export function isNoticed({ verdicts }: MutationResult): boolean {
  return verdicts.length > 0 && verdicts.every(({ verdict }) => verdict.outcome === 'noticed')
}
