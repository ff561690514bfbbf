import pg from 'pg'
import { systemClock } from '../../src/lib/clock.ts'
import { migrate } from '../../src/store/postgres/migrate.ts'
import type { Generated } from './generate.ts'
import { generate } from './generate.ts'
import type { GenerateArguments } from './generate-arguments.ts'
import { readArguments, usage } from './generate-arguments.ts'

/** `npm run generate`: fills a database with made-up tenants. Ctrl-C ends it after the batch that is being written. */
const silent = { info() {} }
const given = readArguments(process.argv.slice(2), process.env)

if (given === null) {
  console.error(usage)
  process.exitCode = 64
} else {
  try {
    process.exitCode = report(await run(given))
  } catch (error) {
    console.error(`generate: ${reason(error)}`)
    process.exitCode = 1
  }
}

async function run({ population, url, migrate: asked, add }: GenerateArguments): Promise<Generated> {
  if (asked) await migrate({ ownerUrl: url, runtimePassword: null, clock: systemClock, log: silent })
  const stop = new AbortController()
  // Once: the second Ctrl-C ends it at once, and the server undoes the open batch.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  return await generate({
    url,
    population,
    add,
    progress: line => console.error(line),
    signal: stop.signal,
  })
}

function report({ whole, seconds, rows }: Generated): number {
  for (const [table, count] of Object.entries(rows)) console.log(`${String(count).padStart(10)}  ${table}`)
  console.log(`${whole ? 'done' : 'stopped'} after ${seconds.toFixed(1)} s; every foreign key holds`)
  if (!whole) console.log('The same command with --add goes on.')
  return whole ? 0 : 1
}

/** A message of the server is shown, its detail, which quotes rows, is not. */
function reason(error: unknown): string {
  if (error instanceof pg.DatabaseError && error.code === '23505')
    return `${error.message}: some of these rows are there already, made with other numbers? Try another --seed`
  return error instanceof Error ? error.message : 'something that is no Error was thrown'
}
