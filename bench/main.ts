import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { BenchOptions } from './arguments.ts'
import { readArguments, usage } from './arguments.ts'
import { figuresOf } from './compare/figures.ts'
import { loadTable, machineLine } from './compare/table.ts'
import type { Extent } from './database/measure.ts'
import { measureDatabase } from './database/measure.ts'
import { databaseReport } from './database/report.ts'
import type { DirectoryExtent } from './directory/extents.ts'
import { measureDirectory } from './directory/measure.ts'
import { directoryReport } from './directory/report.ts'
import type { HostileExtent } from './hostile/extents.ts'
import { measureHostile } from './hostile/measure.ts'
import { hostileReport } from './hostile/report.ts'
import { measure } from './load/measure.ts'
import { describeMachine } from './machine.ts'
import { runMicro } from './micro/run.ts'

/** `npm run bench`: figures, never a verdict. The exit code is 1 when an answer was wrong or something did not start. */
const closers: (() => unknown)[] = []
let stopping = false
const options = readArguments(process.argv.slice(2))

if (options === null) {
  console.error(usage)
  process.exitCode = 64
} else {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop())
  try {
    if (options.database !== null) await database(options.database, options.record)
    else if (options.directory !== null) await directory(options.directory, options.record)
    else if (options.hostile !== null) await hostile(options.hostile, options.record)
    else await (options.micro ? micro() : load(options))
  } catch (error) {
    if (!stopping)
      console.error(
        `bench: ${error instanceof Error ? error.message : 'something that is no Error was thrown'}`,
      )
    process.exitCode = 1
  } finally {
    await close()
  }
}

async function load(options: BenchOptions): Promise<void> {
  const machine = describeMachine()
  const measured = await measure(options, closers, line => console.error(`  ${line}`))
  const figures = figuresOf(measured)
  const table = loadTable(options, machine, measured, figures)
  console.log(table)
  if (options.record) keep('latest', table, { machine, options, figures, measured })
}

async function database(extent: Extent, record: boolean): Promise<void> {
  const machine = describeMachine()
  const measured = await measureDatabase(extent, closers, line => console.error(`  ${line}`))
  const report = databaseReport(machine, measured)
  console.log(report)
  if (record) keep('database', report, { machine, ...measured })
}

async function directory(extent: DirectoryExtent, record: boolean): Promise<void> {
  const machine = describeMachine()
  const measured = await measureDirectory(extent, closers, line => console.error(`  ${line}`))
  const report = directoryReport(machine, measured)
  console.log(report)
  if (record) keep('directory', report, { machine, ...measured })
}

async function hostile(extent: HostileExtent, record: boolean): Promise<void> {
  const machine = describeMachine()
  const measured = await measureHostile(extent, closers, line => console.error(`  ${line}`))
  const report = hostileReport(machine, measured)
  console.log(report)
  if (record) keep('hostile', report, { machine, ...measured })
}

async function micro(): Promise<void> {
  console.log(`${machineLine(describeMachine())}\n`)
  console.log(await runMicro())
}

function keep(name: string, table: string, result: object): void {
  const directory = fileURLToPath(new URL('results', import.meta.url))
  mkdirSync(directory, { recursive: true })
  writeFileSync(`${directory}/${name}.md`, `${table}\n`)
  writeFileSync(`${directory}/${name}.json`, `${JSON.stringify(result, null, 2)}\n`)
}

async function close(): Promise<void> {
  for (const closer of closers.splice(0).toReversed()) await closer()
}

async function stop(): Promise<void> {
  stopping = true
  await close().catch(() => {})
  process.exit(1)
}
