import t from 'tap'
import { assertRecovered } from '../support/after-storm.ts'
import { createTestDatabase } from '../support/database.ts'
import { mishaps } from '../support/mishaps.ts'
import { runStorm } from '../support/storm.ts'

t.test('whatever goes wrong in a transaction, no other sees its tenant', async t => {
  const database = await createTestDatabase(t)
  const connections = 6
  const storm = await runStorm(t, { database, url: database.runtimeUrl, connections, seed: 20_261_118 })
  t.same(storm.findings, [])
  t.same([...storm.mishapsSeen].sort(), Object.keys(mishaps).sort(), 'everything went wrong')
  t.ok(storm.sights > 300 && storm.committed > 75, `${storm.sights} sights, ${storm.committed} committed`)
  await assertRecovered(t, storm, { database, connections })
})
