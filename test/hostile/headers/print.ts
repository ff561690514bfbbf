import { claimNames, claims } from './claims.ts'
import { connectionLines } from './connection-lines.ts'
import { openDesk } from './deliver.ts'
import { faultsOf } from './faults.ts'
import type { FieldCase } from './spellings.ts'
import { spellings } from './spellings.ts'

/** `node test/hostile/headers/print.ts`: what becomes of fields that would tell the service of somebody else. */
const tasks: (() => unknown)[] = []
const desk = await openDesk({ teardown: task => tasks.push(task) })
const print = console.log

const groups: readonly (readonly [what: string, cases: readonly FieldCase[]])[] = [
  ['spellings of identity fields', spellings],
  ['Connection lines', connectionLines],
  [`spellings of ${claimNames.length} claims and overrides`, claims],
]
print(''.padEnd(44) + ['sent', 'refused', 'forwarded', 'changed'].map(cell => cell.padStart(10)).join(''))
for (const [what, cases] of groups) {
  const delivered = await desk.deliver(cases)
  const faults = delivered.flatMap(faultsOf)
  const refused = delivered.filter(({ request }) => request === null).length
  const cells = [cases.length, refused, cases.length - refused, faults.length]
  print(what.padEnd(44) + cells.map(cell => String(cell).padStart(10)).join(''))
  for (const fault of faults) print(`  ${fault}`)
}
for (const task of tasks.reverse()) await task()
