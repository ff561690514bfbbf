import t from 'tap'
import {
  deleteExpiredRevocations,
  insertRevocation,
  listRevocations,
  readAccessVersions,
  takeAccessChanges,
  takeRevocations,
} from '../../../../src/store/postgres/queries/feed.ts'
import type { Revocation } from '../../../../src/token/revocation.ts'
import { acme, globex, issuer, openAccess, soonMs } from '../../../support/access-records.ts'
import { withClient } from '../../../support/database.ts'
import { writeChanges } from '../../../support/outbox-rows.ts'
import { newId } from '../../../support/records.ts'

/** The demo's records, with nothing in the outbox any more. */
async function open(t: Parameters<typeof openAccess>[0]) {
  const opened = await openAccess(t)
  await opened.runtime.global(session => takeAccessChanges(session, 1000))
  return {
    ...opened,
    announce: (tenantId: string) => opened.change(tenantId, 'membership.changed', async () => {}),
  }
}

function revocationsOfEachKind(): readonly Revocation[] {
  const base = () => ({ id: newId(), notBeforeMs: Date.now(), expiresAtMs: soonMs() })
  return [
    { ...base(), kind: 'session', issuer, sessionId: 'session' },
    { ...base(), kind: 'principal', issuer, subject: 'mona', tenantId: null },
    { ...base(), kind: 'principal', issuer, subject: 'mona', tenantId: acme.id },
    { ...base(), kind: 'tenant', tenantId: acme.id },
    { id: newId(), expiresAtMs: soonMs(), kind: 'key', issuer, keyId: 'key' },
  ]
}

t.test('takes changes in the order of their writing, past their tenants, each once', async t => {
  const { runtime, change } = await open(t)
  const versions: Record<string, number[]> = {}
  for (const { id, slug } of [acme, globex, acme]) {
    const version = await change(id, 'membership.changed', async session => session.accessVersion)
    versions[slug] = [...(versions[slug] ?? []), version]
  }
  const take = () => runtime.global(session => takeAccessChanges(session, 2))
  const taken = [...(await take()), ...(await take())]
  t.same(
    taken.map(({ change }) => change),
    [
      { kind: 'access', tenantId: acme.id, slug: 'acme', accessVersion: versions.acme![0] },
      { kind: 'access', tenantId: globex.id, slug: 'globex', accessVersion: versions.globex![0] },
      { kind: 'access', tenantId: acme.id, slug: 'acme', accessVersion: versions.acme![1] },
    ],
  )
  t.ok(taken.every(({ waitedMs }) => waitedMs >= 0 && waitedMs < 60_000))
  t.same(await take(), [])
})

t.test('says how long a change waited by the clock of the database', async t => {
  const { runtime, announce, database } = await open(t)
  await announce(acme.id)
  await withClient(database.ownerUrl, client =>
    client.query(`UPDATE postern.outbox SET created_at = created_at - interval '90 s'`),
  )
  const [taken] = await runtime.global(session => takeAccessChanges(session, 1))
  t.ok(taken!.waitedMs >= 90_000 && taken!.waitedMs < 150_000, `${taken!.waitedMs}`)
})

t.test('never takes more than it was asked for, however little the planner knows', async t => {
  const { runtime, database } = await open(t)
  await withClient(database.ownerUrl, async client => {
    await client.query('ANALYZE postern.outbox, postern.revocations')
    await client.query(
      `INSERT INTO postern.revocations (id, kind, tenant_id, expires_at, reason)
       SELECT gen_random_uuid(), 'tenant', $1, now() + interval '1 hour', 'test' FROM generate_series(1, 500)`,
      [acme.id],
    )
  })
  await writeChanges(database, 500)
  for (let round = 0; round < 5; round += 1) {
    t.equal((await runtime.global(session => takeAccessChanges(session, 100))).length, 100)
    t.equal((await runtime.global(session => takeRevocations(session, 100))).length, 100)
  }
})

t.test('a revocation of each kind is told once, and listed until it ends', async t => {
  const { runtime } = await open(t)
  const revocations = revocationsOfEachKind()
  for (const revocation of revocations) {
    await runtime.global(session => insertRevocation(session, revocation, 'as a test'))
  }
  const taken = await runtime.global(session => takeRevocations(session, 10))
  t.same(taken.map(({ id }) => id).sort(), revocations.map(({ id }) => id).sort())
  for (const revocation of revocations)
    t.same(
      taken.find(({ id }) => id === revocation.id),
      revocation,
    )
  t.same(await runtime.global(session => takeRevocations(session, 10)), [])
  t.same(await runtime.global(session => listRevocations(session, null, 10)), revocations)
})

t.test('revocations are listed page by page', async t => {
  const { runtime } = await open(t)
  const revocations = revocationsOfEachKind()
  for (const revocation of revocations) {
    await runtime.global(session => insertRevocation(session, revocation, 'as a test'))
  }
  const page = (afterId: string | null) => runtime.global(session => listRevocations(session, afterId, 2))
  const first = await page(null)
  const second = await page(first[1]!.id)
  const third = await page(second[1]!.id)
  t.same([...first, ...second, ...third], revocations)
  t.same(await page(third[0]!.id), [])
})

t.test('what has ended is not listed, and is forgotten so many at a time', async t => {
  const { runtime } = await open(t)
  const endedMs = Date.now() - 60_000
  for (let count = 0; count < 3; count += 1) {
    const ended: Revocation = {
      id: newId(),
      kind: 'session',
      issuer,
      sessionId: `${count}`,
      notBeforeMs: endedMs - 1000,
      expiresAtMs: endedMs,
    }
    await runtime.global(session => insertRevocation(session, ended, 'as a test'))
  }
  const [kept] = revocationsOfEachKind()
  await runtime.global(session => insertRevocation(session, kept!, 'as a test'))
  t.same(await runtime.global(session => listRevocations(session, null, 10)), [kept])
  const discard = () => runtime.global(session => deleteExpiredRevocations(session, 2))
  t.same([await discard(), await discard(), await discard()], [2, 1, 0])
  t.same(await runtime.global(session => listRevocations(session, null, 10)), [kept])
})

t.test('the versions of tenants are those of their last change, and strangers have none', async t => {
  const { runtime, change } = await open(t)
  const version = await change(acme.id, 'membership.changed', async session => session.accessVersion)
  const versions = await runtime.global(session => readAccessVersions(session, [acme.id, globex.id, newId()]))
  t.equal(versions.get(acme.id), version)
  t.same([...versions.keys()].sort(), [acme.id, globex.id].sort())
  t.equal((await runtime.global(session => readAccessVersions(session, []))).size, 0)
})
