import { directorySubjects, proverSubjects } from './access.ts'
import type { Timing } from './timing.ts'
import { time } from './timing.ts'
import { tokenSubjects } from './token.ts'

/** What each memory of the hot path saves: found there, against made anew; in Markdown. */
export async function runMicro(): Promise<string> {
  const lines = ['| per call | remembered | anew | ratio |', '|---|---:|---:|---:|']
  for (const subjects of [await tokenSubjects(), directorySubjects(), proverSubjects()]) {
    const [remembered, anew] = await time(subjects)
    const ratio = anew!.medianNs / remembered!.medianNs
    lines.push(
      `| ${remembered!.name} / ${anew!.name} | ${figure(remembered!)} | ${figure(anew!)} | ${ratio.toFixed(0)} × |`,
    )
  }
  return lines.join('\n')
}

function figure({ medianNs, leastNs, mostNs }: Timing): string {
  const [least, middle, most] = [leastNs, medianNs, mostNs].map(ns => (ns / 1000).toFixed(2))
  return `${middle} µs (${least}–${most})`
}
