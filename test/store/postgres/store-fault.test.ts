import pg from 'pg'
import t from 'tap'
import { insertWorkspace, updateWorkspaceSettings } from '../../../src/store/postgres/queries/workspaces.ts'
import { keepsConnection, storeFault } from '../../../src/store/postgres/store-fault.ts'
import type { TenantSession } from '../../../src/store/postgres/transaction.ts'
import { acme, lab, openAccess } from '../../support/access-records.ts'
import { withClient } from '../../support/database.ts'
import { newId } from '../../support/records.ts'

function serverError(sqlState: string): pg.DatabaseError {
  const error = new pg.DatabaseError('Key (email)=(mona@acme.example) already exists.', 1, 'error')
  error.code = sqlState
  error.detail = 'mona@acme.example'
  error.constraint = 'users_email'
  return error
}

t.test('what a correct program is never told is our mistake, everything else is the store’s', async t => {
  for (const sqlState of ['22P02', '23505', '23503', '42501', '42704', 'P0A01'])
    t.equal(storeFault(serverError(sqlState), 'x').code, 'INTERNAL')
  for (const sqlState of [
    '08006',
    '28P01',
    '3D000',
    '40001',
    '40P01',
    '42P01',
    '53300',
    '55P03',
    '57014',
    '57P01',
    'XX000',
  ]) {
    t.equal(storeFault(serverError(sqlState), 'x').code, 'STORE_UNAVAILABLE', sqlState)
  }
  t.equal(storeFault(new Error('Connection terminated unexpectedly'), 'x').code, 'STORE_UNAVAILABLE')
})

t.test('what the server quoted is not passed on', async t => {
  const fault = storeFault(serverError('23505'), 'add a user')
  t.same(fault.details, { sqlState: '23505', constraint: 'users_email' })
  t.equal(fault.cause, undefined)
  t.equal(fault.message, 'add a user')
})

t.test('a client is used again only after an error that the server reported and went on from', async t => {
  for (const sqlState of ['22P02', '23505', '42501', '40001'])
    t.equal(keepsConnection(serverError(sqlState)), true)
  for (const sqlState of ['57014', '57P01', '08006']) t.equal(keepsConnection(serverError(sqlState)), false)
  t.equal(keepsConnection(new Error('Query read timeout')), false)
})

t.test(
  'of two transactions that wait for each other one ends, may try again, and the other commits',
  async t => {
    const { database, runtime, change } = await openAccess(t)
    await withClient(database.ownerUrl, client =>
      client.query(
        `ALTER DATABASE ${new URL(database.ownerUrl).pathname.slice(1)} SET deadlock_timeout = '10ms'`,
      ),
    )
    const yard = { id: newId(), slug: 'yard', name: 'Yard' }
    await change(acme.id, 'workspace.created', session => insertWorkspace(session, yard))
    const rename = (session: TenantSession, workspaceId: string) =>
      updateWorkspaceSettings(session, workspaceId, { labels: {} })
    const meeting = createMeeting(2)
    const lockBoth = (first: string, second: string) =>
      runtime.inTenant(acme.id, async session => {
        await rename(session, first)
        await meeting()
        await rename(session, second)
      })
    const attempts = await Promise.allSettled([lockBoth(lab.id, yard.id), lockBoth(yard.id, lab.id)])
    const failures = attempts.filter(({ status }) => status === 'rejected')
    t.match(failures, [
      {
        reason: { code: 'STORE_UNAVAILABLE', kind: { retryAfterSeconds: 1 }, details: { sqlState: '40P01' } },
      },
    ])
    t.equal(failures.length, 1)
  },
)

/** Whoever comes waits until all have come. */
function createMeeting(expected: number): () => Promise<void> {
  const complete = Promise.withResolvers<void>()
  let present = 0
  return () => {
    present += 1
    if (present === expected) complete.resolve()
    return complete.promise
  }
}
