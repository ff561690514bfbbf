import { writeFileSync } from 'node:fs'
import { startPostgres } from '../../../../../src/demo/postgres.ts'
import { createTestDatabase, withClient } from '../../../../support/database.ts'
import { insertTwoTenants } from '../../../../support/two-tenants.ts'
import { isolationReport, reportPath } from './report.ts'
import { listMutations, runMutations } from './run-mutations.ts'

/** What `npm run test:mutations` runs: all mutations; prints the page and writes it. Fails when one goes unnoticed. */
const postgres = await startPostgres({ databaseUrl: process.env.DATABASE_URL, progress: console.error })
process.env.DATABASE_URL = postgres.url
const tasks: (() => Promise<void>)[] = []
try {
  const { ownerUrl } = await createTestDatabase({ teardown: task => tasks.push(task) })
  const results = await withClient(ownerUrl, async client => {
    const tenants = await insertTwoTenants(client)
    return await runMutations(client, tenants, await listMutations(client))
  })
  const report = isolationReport(results)
  console.log(report)
  writeFileSync(new URL(`../../../../../${reportPath}`, import.meta.url), report)
  const unnoticed = results.filter(({ attack, rule }) => attack === null && rule === null)
  for (const { what } of unnoticed) console.error(`nobody notices: ${what}`)
  process.exitCode = unnoticed.length === 0 ? 0 : 1
} finally {
  for (const task of tasks) await task()
  await postgres.close()
}
