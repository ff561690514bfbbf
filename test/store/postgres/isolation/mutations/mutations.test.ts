import { readFileSync } from 'node:fs'
import t from 'tap'
import { createTestDatabase, withClient } from '../../../../support/database.ts'
import { insertTwoTenants } from '../../../../support/two-tenants.ts'
import { command, readReport, reportPath } from './report.ts'
import { listMutations, runMutations } from './run-mutations.ts'

/** All of them would take too long for every run. */
const every = 4

const { ownerUrl } = await createTestDatabase(t)
const shown = readReport(readFileSync(new URL(`../../../../../${reportPath}`, import.meta.url), 'utf8'))

t.test('the page about isolation shows every mutation that there is', async t => {
  const mutations = await withClient(ownerUrl, listMutations)
  t.same(
    shown.map(({ what }) => what),
    mutations.map(({ what }) => what),
    `else type: ${command}`,
  )
})

t.test('whatever is broken in the schema is noticed by whom the page says', async t => {
  t.same(
    shown.filter(({ attack, rule }) => attack === null && rule === null),
    [],
  )
  await withClient(ownerUrl, async client => {
    const tenants = await insertTwoTenants(client)
    const some = (await listMutations(client)).filter((_, index) => index % every === 0)
    const suspects = new Map(shown.map(({ what, attack }) => [what, attack]))
    for (const result of await runMutations(client, tenants, some, suspects)) {
      t.same(
        result,
        shown.find(({ what }) => what === result.what),
        result.what,
      )
    }
  })
})
