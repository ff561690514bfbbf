import { demoTenants, demoUsers, demoWorkspace, seed } from '../../src/demo/seeds.ts'
import { createAccessSource } from '../../src/store/postgres/access-source.ts'
import { createTransactions } from '../../src/store/postgres/transaction.ts'
import { createTestDatabase, silentLog } from './database.ts'
import { createManualClock } from './manual-clock.ts'
import { openPool } from './pool.ts'
import { openRecords } from './records.ts'

export const issuer = 'https://id.example/'
export const acme = demoTenants[0]!
export const globex = demoTenants[1]!
export const lab = demoWorkspace
export const member = demoUsers.find(user => user.name === 'member')!
export const guest = demoUsers.find(user => user.name === 'guest')!
export const globexOwner = demoUsers.find(user => user.tenantId === globex.id)!
export const mona = { issuer, subject: member.objectId }

type Test = Parameters<typeof createTestDatabase>[0]

/** The demo's records in a database of the test's own, and the source of access documents over them. */
export async function openAccess(t: Test) {
  const database = await createTestDatabase(t)
  await seed(database.ownerUrl, issuer, silentLog)
  return { ...openSource(t, database.runtimeUrl), ...openRecords(t, database), database }
}

export function openSource(t: Test, url: string) {
  const pool = openPool(t, url)
  const clock = createManualClock(1_790_000_000_000)
  return {
    clock,
    source: createAccessSource({
      transactions: createTransactions({ pool, statementMs: 5000, waitingMax: 10 }),
      clock,
    }),
  }
}

/** An hour from now, by the clock that Postgres goes by. */
export const soonMs = () => Date.now() + 3_600_000
