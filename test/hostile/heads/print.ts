import { behaves } from './behave.ts'
import type { HeadCase } from './case.ts'
import { hostileCases } from './corpus.ts'
import { behaviours } from './h1spec.ts'
import { honestCases } from './honest.ts'
import { fragmentations } from './judge.ts'
import { openLane } from './lane.ts'
import type { Judged } from './run.ts'
import { faultsOf, runCases } from './run.ts'

/** `node test/hostile/heads/print.ts`: sends the whole corpus through sidecars, and prints what became of it. */
const tasks: (() => unknown)[] = []
const scope = { teardown: (task: () => unknown) => tasks.push(task) }
const print = console.log

const hostile: Judged<HeadCase>[] = []
const rows: string[][] = [
  ['', 'sent', 'refused', 'cut off', 'normalised', 'ambiguous', 'faults', 'honest forwarded'],
]
for (const fragmentation of fragmentations) {
  const startedMs = performance.now()
  const { judged, late } = await runCases(scope, hostileCases, fragmentation)
  const honest = await runCases(scope, honestCases, fragmentation)
  hostile.push(...judged)
  const count = (is: (each: Judged<HeadCase>) => boolean) => String(judged.filter(is).length)
  const forwarded = honest.judged.filter(({ verdict }) => verdict.fault === null).length
  rows.push([
    fragmentation,
    String(judged.length),
    count(({ verdict }) => verdict.outcome === 'refused'),
    count(({ verdict }) => verdict.outcome === 'cut'),
    count(({ verdict }) => verdict.outcome === 'forwarded'),
    String(judged.filter(({ verdict }) => verdict.ambiguous).length + late + honest.late),
    count(({ verdict }) => verdict.fault !== null),
    `${forwarded}/${honestCases.length}`,
  ])
  for (const fault of [...faultsOf(judged), ...faultsOf(honest.judged)]) print(`${fragmentation}: ${fault}`)
  print(`${fragmentation}: ${((performance.now() - startedMs) / 1000).toFixed(1)} s`)
  for (const task of tasks.splice(0).reverse()) await task()
}
for (const row of rows)
  print(row.map((cell, index) => (index === 0 ? cell.padEnd(24) : cell.padStart(18))).join(''))

const lane = await openLane(scope)
let kept = 0
for (const behaviour of behaviours) {
  if (await behaves(lane, behaviour)) kept += 1
  else print(`h1spec: ${behaviour.name}`)
}
for (const task of tasks.splice(0).reverse()) await task()
print(`h1spec: ${kept}/${behaviours.length}`)
for (const source of ['AWS severe', 'AWS ambiguous'] as const) {
  const names = new Set(hostileCases.filter(each => each.source === source).map(({ name }) => name))
  const failed = new Set(
    hostile
      .filter(({ tried, verdict }) => tried.source === source && verdict.fault !== null)
      .map(({ tried }) => tried.name),
  )
  print(`${source}: ${names.size - failed.size}/${names.size}`)
}
