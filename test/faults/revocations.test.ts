import type { Test } from 'tap'
import t from 'tap'
import { demoTenants, demoUsers } from '../../src/demo/seeds.ts'
import { insertRevocation } from '../../src/store/postgres/queries/feed.ts'
import type { RevokedTokens } from '../../src/token/revocation.ts'
import { newId, openRecords } from '../support/records.ts'
import type { Relay } from '../support/relay.ts'
import { startRelay } from '../support/relay.ts'
import { until } from '../support/until.ts'
import { startWhole } from '../support/whole.ts'

const minuteMs = 60_000
const acme = demoTenants[0]!.id
const member = demoUsers.find(({ name }) => name === 'member')!.objectId

/** A whole that looks for revocations all the time, and what a test needs of it. */
async function start(t: Test) {
  const whole = await startWhole(t, {
    configure: config => ({ ...config, control: { ...config.control, revocationsMs: 100 } }),
  })
  const { runtime } = openRecords(t, whole.database)
  const old = (user: string, tenant = 'acme') =>
    whole.identity.userToken(`${user}@${tenant}.example`, minuteMs)
  return {
    whole,
    /** Of a minute ago. */
    token: async (user: string, tenant?: string) => (await old(user, tenant))!,
    statusOf: async (token: string) => (await whole.call('/whoami', { token })).status,
    /** Whatever was issued until half a minute ago. */
    revoke: (tokens: RevokedTokens) =>
      runtime.global(session =>
        insertRevocation(
          session,
          { id: newId(), expiresAtMs: Date.now() + 60 * minuteMs, ...tokens },
          'a test',
        ),
      ),
  }
}

const notBeforeMs = Date.now() - minuteMs / 2

t.test('a principal is revoked although their token is remembered, and may sign in again', async t => {
  const { whole, token, statusOf, revoke } = await start(t)
  const [mine, other] = [await token('member'), await token('admin')]
  t.same([await statusOf(mine), await statusOf(mine), await statusOf(other)], [200, 200, 200])
  const { issuer } = whole.identity
  await revoke({ kind: 'principal', issuer, subject: member, tenantId: null, notBeforeMs })
  const refused = await until('the token is refused', async () => {
    const answer = await whole.call('/whoami', { token: mine })
    return answer.status === 200 ? null : answer
  })
  t.match(refused, { status: 401, json: { code: 'TOKEN_REVOKED' } })
  t.match(refused.headers['www-authenticate'], /error="invalid_token"/)
  t.equal(await statusOf(mine), 401, 'and stays refused when it is no longer remembered')
  t.equal(await statusOf(other), 200)
  t.equal(await statusOf(await whole.token('acme', 'member')), 200, 'a token of now')
  t.equal(await whole.metric('postern_revocations_held{kind="principal"}'), 1)
})

t.test('a tenant is revoked for everyone in it, and for nobody elsewhere', async t => {
  const { token, statusOf, revoke } = await start(t)
  const tokens = [await token('member'), await token('admin'), await token('owner', 'globex')]
  for (const each of tokens) t.equal(await statusOf(each), 200)
  await revoke({ kind: 'tenant', tenantId: acme, notBeforeMs })
  await until('a token is refused', async () => (await statusOf(tokens[0]!)) === 401)
  t.same(await Promise.all(tokens.map(statusOf)), [401, 401, 200])
})

t.test(
  'a sidecar that starts without a control plane lets nobody in until it knows what is revoked',
  async t => {
    let relay: Relay | null = null
    const whole = await startWhole(t, {
      async throughControl(url) {
        relay = await startRelay(t, Number(new URL(url).port))
        relay.cut()
        return `http://127.0.0.1:${relay.port}`
      },
    })
    const token = await whole.token('acme', 'member')
    const answer = await whole.call('/whoami', { token })
    t.match(answer, { status: 503, json: { code: 'REVOCATIONS_UNAVAILABLE' } })
    t.ok(Number(answer.headers['retry-after']) >= 1)
    t.equal((await fetch(`${whole.proxy.addresses.metrics}/readyz`)).status, 200)
    t.ok((await whole.metric('postern_revocation_lists_total{result="failed"}')) >= 1)
    t.match(
      await whole.call('/whoami', { token: `${token}x` }),
      { status: 401 },
      'no token is as bad as ever',
    )
    relay!.mend()
    await until('the sidecar lets in', async () => (await whole.call('/whoami', { token })).status === 200)
  },
)
