import { Registry } from 'prom-client'
import type { Test } from 'tap'
import t from 'tap'
import type { FeedMessage, FeedPublisher } from '../../src/access/feed.ts'
import { createControlMetrics } from '../../src/control/metrics.ts'
import { openRelay } from '../../src/control/wire-relay.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { migrationNames, ownMigrations } from '../../src/store/postgres/migrating/files.ts'
import { insertRevocation } from '../../src/store/postgres/queries/feed.ts'
import { feedKey } from '../../src/store/redis/feed-publisher.ts'
import { acme, openAccess, soonMs } from '../support/access-records.ts'
import { makeControlSettings } from '../support/control-settings.ts'
import { silentLog, withClient } from '../support/database.ts'
import { listenAt, publisherAt } from '../support/feed.ts'
import { writeChanges } from '../support/outbox-rows.ts'
import { newId } from '../support/records.ts'
import { connectClient, connectPlainly, startOwnRedis } from '../support/redis.ts'
import { until } from '../support/until.ts'

const known = await migrationNames(ownMigrations)

/** A database whose outbox is empty, and relays from it. */
async function open(t: Test) {
  const { database, runtime, change } = await openAccess(t)
  const superuser = <Result>(text: string) =>
    withClient(database.ownerUrl, async client => (await client.query(text)).rows as Result[])
  await superuser('DELETE FROM postern.outbox')
  const { postgres, relay } = makeControlSettings()
  const settings = { postgres: { ...postgres, url: database.runtimeUrl, answerMs: 10_000 }, relay }
  return {
    database,
    runtime,
    change,
    superuser,
    waiting: async () =>
      (await superuser<{ count: number }>('SELECT count(*)::int AS count FROM postern.outbox'))[0]!.count,
    relayTo(publisher: FeedPublisher, files: readonly string[] = known) {
      const registry = new Registry()
      const lines: string[] = []
      const running = openRelay(settings, {
        publisher,
        schema: { known: files, everyMs: 0 },
        metrics: createControlMetrics(registry),
        log: {
          ...silentLog,
          info: (_, message) => lines.push(message),
          error: ({ code, attempt }, message) => lines.push(`${code} (${attempt}): ${message}`),
        },
        clock: systemClock,
      })
      let closed: Promise<void> | null = null
      const close = () => {
        closed ??= running.close()
        return closed
      }
      t.teardown(close)
      return { close, lines, metrics: () => registry.metrics() }
    },
  }
}

function versionsOf(messages: readonly FeedMessage[]): number[] {
  return messages.map(message => (message.kind === 'access' ? message.accessVersion : -1))
}

const inOrder = (versions: readonly number[]) => versions.toSorted((one, other) => one - other)

/** Its own, so that it can be harmed; with a client as the control plane makes it. */
async function openRedis(t: Test, port?: number) {
  const server = await startOwnRedis(t, port)
  const breaker = { failuresToOpen: Number.POSITIVE_INFINITY, openMs: 0 }
  const { client } = await connectClient(t, server.url, { commandTimeoutMs: 100, breaker })
  return { server, publisher: publisherAt(client) }
}

t.test('three relays pass on thousands of changes, each once, and every one in its order', async t => {
  const { database, relayTo, waiting } = await open(t)
  const versions = await writeChanges(database, 3000)
  const shares = [1, 2, 3].map(() => {
    const told: FeedMessage[] = []
    relayTo({ publish: async messages => void told.push(...messages) })
    return told
  })
  await until('nothing waits', async () => (await waiting()) === 0)
  t.same(inOrder(versionsOf(shares.flat())), versions)
  for (const told of shares) t.same(versionsOf(told), inOrder(versionsOf(told)))
})

t.test('a relay that is killed between telling and its commit costs nothing but telling twice', async t => {
  const { database, relayTo, waiting, superuser } = await open(t)
  const versions = await writeChanges(database, 500)
  const told: number[] = []
  let kills = 0
  const { lines } = relayTo({
    async publish(messages) {
      told.push(...versionsOf(messages))
      if (kills >= 2) return
      kills += 1
      await superuser(
        `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
          WHERE datname = current_database() AND state = 'idle in transaction'`,
      )
    },
  })
  await until('nothing waits', async () => (await waiting()) === 0)
  t.same([...new Set(inOrder(told))], versions)
  t.equal(told.length, 700, 'the first batch three times')
  t.same(lines.length, 2)
  t.match(lines[0], /^STORE_UNAVAILABLE .*: sidecars are not told of changes/)
  t.equal(lines[1], 'sidecars are told of changes again')
})

t.test('what is written while Redis is frozen, gone and back empty is told when it can be', async t => {
  const { change, relayTo, waiting, runtime } = await open(t)
  const { server, publisher } = await openRedis(t)
  const heard = await listenAt(t, server.url, { graceMs: 200 })
  const relay = relayTo(publisher)
  const says = (what: RegExp) => until(`it says ${what}`, () => what.test(relay.lines.at(-1) ?? ''))
  const announce = () => change(acme.id, 'membership.changed', async session => session.accessVersion)
  await heard.hears(await announce())

  server.freeze()
  const frozen = await announce()
  await says(/are not told/)
  t.equal(await waiting(), 1)
  server.thaw()
  await heard.hears(frozen)
  await says(/are told of changes again/)

  await server.kill()
  const gone = [await announce(), await announce()]
  const revocation = {
    id: newId(),
    kind: 'tenant',
    tenantId: acme.id,
    notBeforeMs: 1,
    expiresAtMs: soonMs(),
  } as const
  await runtime.global(session => insertRevocation(session, revocation, 'as a test'))
  await says(/are not told/)
  t.equal(await waiting(), 2)
  const again = await connectPlainly(t, (await startOwnRedis(t, Number(new URL(server.url).port))).url)
  await says(/are told of changes again/)
  await until('nothing waits', async () => (await waiting()) === 0)
  const told = (await again.xrange(feedKey, '-', '+')).flatMap(([, fields]) => JSON.parse(fields[1]!))
  // Telling twice would do no harm.
  t.match(told.slice(0, 3), [{ revocation }, ...gone.map(accessVersion => ({ accessVersion }))])
  await until('it listens', () => heard.states.at(-1) === 'listening')
  await heard.hears(await announce())
  await heard.gaps(2)
  const all = /postern_control_relayed_messages_total\{kind="access"\} 5/
  await until('all are counted', async () => all.test(await relay.metrics()))
  const text = await relay.metrics()
  t.match(text, /postern_control_relayed_messages_total\{kind="revocation"\} 1/)
  t.match(text, /postern_control_relay_failures_total\{code="STORE_UNAVAILABLE"\} [2-9]/)
  t.match(text, /postern_control_relay_lag_seconds_count 5/)
  t.match(text, /postern_control_relay_age_seconds [0-9]/)
})

t.test('a schema that another version needs is left alone, and nothing in it is lost', async t => {
  const { database, relayTo, waiting } = await open(t)
  await writeChanges(database, 1)
  const relay = relayTo({ publish: () => Promise.reject(new Error('told')) }, [...known, '9999_missing'])
  await until('it says so', () => relay.lines.length === 1)
  t.match(relay.lines[0], /^SCHEMA_UNSUPPORTED/)
  t.equal(await waiting(), 1)
})

t.test('closing gives its connection back', async t => {
  const { relayTo, superuser } = await open(t)
  const connections = () =>
    superuser(`SELECT pid FROM pg_stat_activity WHERE datname = current_database()
                AND usename = 'postern_runtime' AND query LIKE '%COMMIT%'`)
  const before = (await connections()).length
  const relay = relayTo({ publish: async () => {} })
  await until('it is connected', async () => (await connections()).length === before + 1)
  await relay.close()
  await until('it is gone', async () => (await connections()).length === before)
})
