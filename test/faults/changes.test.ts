import type { Test } from 'tap'
import t from 'tap'
import { demoTenants, demoUsers } from '../../src/demo/seeds.ts'
import { deleteLimitOverride, putLimitOverride } from '../../src/store/postgres/queries/limit-overrides.ts'
import { deleteTenantMembership, putTenantMembership } from '../../src/store/postgres/queries/memberships.ts'
import { updateTenantStatus } from '../../src/store/postgres/queries/tenants.ts'
import { publisherAt } from '../support/feed.ts'
import { openRecords } from '../support/records.ts'
import { connectClient, startOwnRedis } from '../support/redis.ts'
import { until } from '../support/until.ts'
import { startWhole } from '../support/whole.ts'

const acme = demoTenants[0]!
const [, , member, , globexOwner] = demoUsers

/** Whatever is remembered would serve for the length of the tests: only what a sidecar is told can change it. */
async function start(t: Test, redisUrl?: string) {
  const whole = await startWhole(t, {
    ...(redisUrl === undefined ? {} : { redisUrl }),
    configure: config => ({
      ...config,
      directory: { ...config.directory, freshMs: 600_000, refreshMs: 600_000, absentMs: 60_000 },
    }),
  })
  const records = openRecords(t, whole.database)
  const token = await whole.token('acme', 'member')
  const ask = (path = '/whoami') => whole.call(path, { token })
  await until('the sidecar listens', async () => (await whole.metric('postern_feed_gaps_total')) > 0)
  t.match(await ask(), { status: 200, json: { 'x-qlp-roles': 'member' } })
  const comesTo = (what: string, expected: object, path?: string) =>
    until(what, async () => {
      const answer = await ask(path)
      return JSON.stringify({ ...answer.json, status: answer.status }).includes(
        JSON.stringify(expected).slice(1, -1),
      )
    })
  return { whole, records, ask, comesTo }
}

const place = { userId: member!.userId }

t.test('a role that was changed, and a member who was removed, are seen without waiting', async t => {
  const { records, comesTo } = await start(t)
  await records.change(acme.id, 'membership.changed', session =>
    putTenantMembership(session, { ...place, role: 'guest' }),
  )
  await comesTo('a guest', { 'x-qlp-roles': 'guest' })
  await records.change(acme.id, 'membership.removed', session =>
    deleteTenantMembership(session, place.userId),
  )
  await comesTo('a stranger', { code: 'CROSS_TENANT' })
})

t.test('who was refused a moment ago is let in as soon as they have a place', async t => {
  const { records, whole } = await start(t)
  const token = await whole.token('globex', 'owner')
  const ask = () => whole.call('/tenants/globex/notes', { token })
  t.equal((await ask()).status, 200)
  const userId = globexOwner!.userId
  const globex = demoTenants[1]!.id
  await records.change(globex, 'membership.removed', session => deleteTenantMembership(session, userId))
  await until('a stranger', async () => (await ask()).status === 403)
  await records.change(globex, 'membership.created', session =>
    putTenantMembership(session, { userId, role: 'guest' }),
  )
  await until('let in again', async () => (await ask()).status === 200)
})

t.test('a tenant that is suspended stops, and goes on when it is resumed', async t => {
  const { records, comesTo } = await start(t)
  for (const [status, expected] of [
    ['suspended', { code: 'TENANT_INACTIVE' }],
    ['active', { status: 200 }],
  ] as const) {
    await records.change(acme.id, 'tenant.changed', session => updateTenantStatus(session, status))
    await comesTo(status, expected)
  }
})

t.test('a limit of the tenant’s own holds as soon as it is given, and no longer than it has it', async t => {
  const { records, whole, ask } = await start(t)
  const limit = async () => String((await ask()).headers['ratelimit-policy'])
  const before = await limit()
  await records.change(acme.id, 'limit.changed', session =>
    putLimitOverride(session, {
      name: 'minute',
      windowMs: 60_000,
      max: 4321,
      reason: 'asked',
      endsAtMs: null,
    }),
  )
  await until('the override', async () => (await limit()).includes('4321'))
  await records.change(acme.id, 'limit.changed', session => deleteLimitOverride(session, 'minute'))
  await until('the plan again', async () => (await limit()) === before)
  t.ok((await whole.metric('postern_feed_messages_total{kind="access"}')) >= 2)
})

t.test('whoever has seen a change is judged by it, and not by an access version that nobody has', async t => {
  const { records, whole, ask } = await start(t)
  const version = await records.change(acme.id, 'membership.changed', async session => {
    await putTenantMembership(session, { ...place, role: 'guest' })
    return session.accessVersion
  })
  const token = await whole.token('acme', 'member')
  const at = (wanted: number | string) =>
    whole.call('/whoami', { token, headers: [['X-Access-Version', String(wanted)]] })
  t.match(await at(version), { status: 200, json: { 'x-qlp-roles': 'guest' } }, 'at once')
  t.match(await at(version + 1), { status: 412, json: { code: 'ACCESS_VERSION_UNKNOWN' } })
  t.match(await at('latest'), { status: 400, json: { code: 'REQUEST_MALFORMED' } })
  t.notOk('x-access-version' in (await ask()).json, 'the service does not see the field')
})

t.test('what changes while Redis is frozen is seen when it is back', async t => {
  const redis = await startOwnRedis(t)
  const { records, comesTo, ask } = await start(t, redis.url)
  redis.freeze()
  await records.change(acme.id, 'membership.removed', session =>
    deleteTenantMembership(session, place.userId),
  )
  t.equal((await ask()).status, 200, 'it cannot be known yet')
  redis.thaw()
  await comesTo('a stranger', { code: 'CROSS_TENANT' })
})

t.test('what changes while Redis is gone is seen when another, empty one is there', async t => {
  const redis = await startOwnRedis(t)
  const { records, comesTo, whole } = await start(t, redis.url)
  await redis.kill()
  await until('the feed is known to be lost', async () => {
    return (await whole.metric('postern_store_connected{store="feed"}')) === 0
  })
  await records.change(acme.id, 'membership.removed', session =>
    deleteTenantMembership(session, place.userId),
  )
  await startOwnRedis(t, Number(new URL(redis.url).port))
  await comesTo('a stranger', { code: 'CROSS_TENANT' })
  t.ok((await whole.metric('postern_feed_sweeps_total{result="ok"}')) >= 2)
})

t.test('what is known to have changed is not served because nobody can be asked', async t => {
  const redis = await startOwnRedis(t)
  const { whole, comesTo, ask } = await start(t, redis.url)
  await whole.control.close()
  t.match(await ask(), { status: 200, json: { 'x-qlp-roles': 'member' } }, 'fail static')
  const { client } = await connectClient(t, redis.url)
  const change = { kind: 'access', tenantId: acme.id, slug: acme.slug, accessVersion: 1000 } as const
  await publisherAt(client).publish([change])
  await comesTo('an outage', { code: 'DIRECTORY_UNAVAILABLE' })
})
