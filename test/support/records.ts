import { v7 as uuidv7 } from 'uuid'
import type {
  AccessChangeKind,
  ChangingSession,
  SharedChangingSession,
} from '../../src/store/postgres/change-access.ts'
import { changeAccess, changeAccessOfUser } from '../../src/store/postgres/change-access.ts'
import type { Transactions } from '../../src/store/postgres/transaction.ts'
import { createTransactions } from '../../src/store/postgres/transaction.ts'
import type { TestDatabase } from './database.ts'
import { openPool } from './pool.ts'

type Test = { readonly teardown: (task: () => Promise<void>) => unknown }

/** Changes records of a test's database the way the product does: announced, as the role that may. */
export type Records = {
  /** As postern_runtime. */
  readonly runtime: Transactions
  /** As postern_owner. */
  readonly owner: Transactions
  readonly change: <Result>(
    tenantId: string,
    kind: AccessChangeKind,
    work: (session: ChangingSession) => Promise<Result>,
  ) => Promise<Result>
  readonly changeUser: <Result>(
    userId: string,
    work: (session: SharedChangingSession) => Promise<Result>,
  ) => Promise<Result>
}

export function openRecords(t: Test, database: TestDatabase): Records {
  const runtime = open(t, database.runtimeUrl)
  const ownerUrl = new URL(database.ownerUrl)
  ownerUrl.searchParams.set('options', '-c role=postern_owner')
  return {
    runtime,
    owner: open(t, ownerUrl.href),
    change: (tenantId, kind, work) =>
      runtime.inTenant(tenantId, async session =>
        work(await changeAccess(session, { kind, subject: tenantId })),
      ),
    changeUser: (userId, work) =>
      runtime.global(async session =>
        work(await changeAccessOfUser(session, { kind: 'user.deleted', userId })),
      ),
  }
}

/** A new id, as the product makes them. */
export const newId = uuidv7

function open(t: Test, url: string): Transactions {
  const pool = openPool(t, url)
  return createTransactions({ pool, statementMs: 5000, waitingMax: 100 })
}
