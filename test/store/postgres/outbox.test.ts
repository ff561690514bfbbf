import type { Test } from 'tap'
import t from 'tap'
import type { FeedMessage, FeedOutbox } from '../../../src/access/feed.ts'
import { createOutbox } from '../../../src/store/postgres/outbox.ts'
import { insertRevocation, listRevocations } from '../../../src/store/postgres/queries/feed.ts'
import type { Transactions } from '../../../src/store/postgres/transaction.ts'
import type { Revocation } from '../../../src/token/revocation.ts'
import { acme, globex, issuer, openAccess, soonMs } from '../../support/access-records.ts'
import type { TestDatabase } from '../../support/database.ts'
import { withClient } from '../../support/database.ts'
import { writeChanges } from '../../support/outbox-rows.ts'
import { newId, openRecords } from '../../support/records.ts'

/** An outbox with nothing in it, and ways to fill it. */
async function open(t: Test) {
  const { runtime, change, database } = await openAccess(t)
  const outbox = createOutbox(runtime)
  await outbox.deliver(1000, async () => {})
  return {
    runtime,
    database,
    outbox,
    announce: (tenantId: string) =>
      change(tenantId, 'membership.changed', async session => session.accessVersion),
    revoke: async () => {
      const revocation = revocationOf(soonMs())
      await runtime.global(session => insertRevocation(session, revocation, 'as a test'))
      return revocation
    },
  }
}

function revocationOf(expiresAtMs: number): Revocation {
  return {
    id: newId(),
    kind: 'session',
    issuer,
    sessionId: 's',
    notBeforeMs: expiresAtMs - 1000,
    expiresAtMs,
  }
}

async function deliverAll(outbox: FeedOutbox, most = 100): Promise<FeedMessage[]> {
  const told: FeedMessage[] = []
  for (let before = -1; told.length > before; ) {
    before = told.length
    await outbox.deliver(most, async messages => void told.push(...messages))
  }
  return told
}

function versionsOf(messages: readonly FeedMessage[]): number[] {
  return messages.map(message => (message.kind === 'access' ? message.accessVersion : -1))
}

async function terminateThoseWhoWaitForUs(database: TestDatabase): Promise<void> {
  await withClient(database.ownerUrl, async client => {
    const { rowCount } = await client.query(
      `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
        WHERE datname = current_database() AND state = 'idle in transaction'`,
    )
    if (rowCount !== 1) throw new Error(`${rowCount} transactions were open`)
  })
}

/** Another control plane: the same database through connections of its own. */
function another(t: Test, database: TestDatabase): Transactions {
  return openRecords(t, database).runtime
}

t.test('hands over revocations and changes together, and forgets them then', async t => {
  const { outbox, announce, revoke } = await open(t)
  const revocation = await revoke()
  const [first, second] = [await announce(acme.id), await announce(globex.id)]
  const told: FeedMessage[] = []
  const delivered = await outbox.deliver(10, async messages => void told.push(...messages))
  t.same(told, [
    { kind: 'revocation', revocation },
    { kind: 'access', tenantId: acme.id, slug: 'acme', accessVersion: first },
    { kind: 'access', tenantId: globex.id, slug: 'globex', accessVersion: second },
  ])
  t.equal(delivered.revocations, 1)
  t.equal(delivered.waitedMs.length, 2)
  t.same(await deliverAll(outbox), [])
})

t.test('where nothing waits nobody is told', async t => {
  const { outbox } = await open(t)
  const delivered = await outbox.deliver(10, () => Promise.reject(new Error('told of nothing')))
  t.same(delivered, { waitedMs: [], revocations: 0 })
})

t.test('what could not be published waits again, and the one who asked is told why', async t => {
  const { outbox, announce, revoke } = await open(t)
  const version = await announce(acme.id)
  const revocation = await revoke()
  const gone = new Error('Redis is gone')
  for (let attempt = 0; attempt < 2; attempt += 1) {
    let told = 0
    const failing = outbox.deliver(10, async messages => {
      told = messages.length
      throw gone
    })
    await t.rejects(failing, gone)
    t.equal(told, 2)
  }
  const told = await deliverAll(outbox)
  t.match(told, [{ revocation: { id: revocation.id } }, { accessVersion: version }])
})

t.test('a transaction that was undone tells nothing', async t => {
  const { outbox, database } = await open(t)
  const { change } = openRecords(t, database)
  const undone = change(acme.id, 'membership.changed', () => Promise.reject(new Error('changed my mind')))
  await t.rejects(undone, { message: 'changed my mind' })
  t.same(await deliverAll(outbox), [])
})

t.test('three at once tell everything, each its share, and nothing twice', async t => {
  const { outbox, database } = await open(t)
  const versions = await writeChanges(database, 3000)
  const others = [createOutbox(another(t, database)), createOutbox(another(t, database))]
  const shares = await Promise.all([outbox, ...others].map(each => deliverAll(each, 50)))
  t.same(
    versionsOf(shares.flat()).toSorted((one, other) => one - other),
    versions,
  )
  t.ok(shares.every(share => share.length > 0))
  for (const share of shares)
    t.same(
      versionsOf(share),
      versionsOf(share).toSorted((one, other) => one - other),
      'in order',
    )
})

t.test('one that dies between telling and its commit has told twice, and lost nothing', async t => {
  const { database, outbox } = await open(t)
  const versions = await writeChanges(database, 300)
  const told: FeedMessage[] = []
  const doomed = outbox.deliver(50, async messages => {
    told.push(...messages)
    await terminateThoseWhoWaitForUs(database)
  })
  await t.rejects(doomed, { code: 'STORE_UNAVAILABLE' })
  t.equal(told.length, 50)
  const others = [createOutbox(another(t, database)), createOutbox(another(t, database))]
  const shares = await Promise.all(others.map(each => deliverAll(each, 50)))
  t.same(
    versionsOf(shares.flat()).toSorted((one, other) => one - other),
    versions,
  )
  t.same(versionsOf(told), versions.slice(0, 50), 'told, and told again')
})

t.test('what one has in its hands keeps nobody waiting', async t => {
  const { database, outbox } = await open(t)
  const versions = await writeChanges(database, 20)
  const other = createOutbox(another(t, database))
  let meanwhile: FeedMessage[] = []
  await outbox.deliver(10, async () => {
    meanwhile = await deliverAll(other)
  })
  t.same(versionsOf(meanwhile), versions.slice(10))
})

t.test('revocations that have ended are discarded', async t => {
  const { runtime, outbox } = await open(t)
  const ended = revocationOf(Date.now() - 60_000)
  await runtime.global(session => insertRevocation(session, ended, 'as a test'))
  t.equal(await outbox.discardExpired(10), 1)
  t.equal(await outbox.discardExpired(10), 0)
  t.same(await runtime.global(session => listRevocations(session, null, 10)), [])
})
