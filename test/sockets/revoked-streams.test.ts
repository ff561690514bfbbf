import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:http'
import t from 'tap'
import { WebSocket } from 'ws'
import type { DemoRole } from '../../src/demo/seeds.ts'
import { demoTenants, demoUsers } from '../../src/demo/seeds.ts'
import { deleteTenantMembership, putTenantMembership } from '../../src/store/postgres/queries/memberships.ts'
import { updateTenantStatus } from '../../src/store/postgres/queries/tenants.ts'
import { revokeTokens } from '../../src/store/postgres/revoke-tokens.ts'
import { openCall } from '../support/caller.ts'
import { newId, openRecords } from '../support/records.ts'
import { until } from '../support/until.ts'
import { lineOf, startWhole } from '../support/whole.ts'

const whole = await startWhole(t)
const records = openRecords(t, whole.database)
const { traffic } = whole.proxy.addresses
const acme = demoTenants[0]!
const userOf = (name: DemoRole) => demoUsers.find(each => each.tenantId === acme.id && each.name === name)!

/** One event a second. */
async function openEvents(tenant: string, user: string) {
  const answer = await openCall(traffic, '/events', { token: await whole.token(tenant, user) })
  if (answer.statusCode !== 200) throw new Error(`no events for ${user}: ${answer.statusCode}`)
  const closed = closeOf(answer)
  answer.resume()
  return {
    /** Until another event has come. */
    goesOn: () => once(answer, 'data'),
    ended: () => closed.then(() => lineOfCut(answer)),
    leave: () => void answer.destroy(),
  }
}

async function openSocket(tenant: string, user: string) {
  const token = await whole.token(tenant, user)
  const url = `${traffic.replace('http', 'ws')}/socket`
  const socket = new WebSocket(url, { headers: { Authorization: `Bearer ${token}` } })
  const closed = once(socket, 'close')
  await once(socket, 'open')
  return {
    /** Until it has echoed. */
    async goesOn() {
      socket.send('still here')
      await once(socket, 'message')
    },
    closeCode: async () => (await closed)[0] as number,
    leave: () => socket.close(),
  }
}

/** An upload that comes back as it goes out, and for which a guest has no permission. */
async function openEcho(tenant: string, user: string) {
  const headers = { Authorization: `Bearer ${await whole.token(tenant, user)}` }
  const sent = request(`${traffic}/echo`, { method: 'POST', headers, agent: false })
  sent.on('error', () => {})
  sent.write('hello')
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  const closed = closeOf(answer)
  await once(answer, 'data')
  return { ended: () => closed.then(() => lineOfCut(answer)) }
}

function closeOf(answer: IncomingMessage): Promise<void> {
  answer.on('error', () => {})
  return new Promise(resolve => answer.once('close', resolve))
}

/** What the log says of one that was cut, which did not pass for a whole one. */
function lineOfCut({ headers, complete }: IncomingMessage): Promise<Record<string, unknown>> {
  if (complete) throw new Error('it passed for a whole answer')
  return until('its line is in the log', () => lineOf(whole.log(), String(headers['x-request-id'])))
}

const ended = (code: string) => `postern_streams_ended_total{code="${code}"}`
const place = (name: DemoRole, role: DemoRole) =>
  records.change(acme.id, 'membership.changed', session =>
    putTenantMembership(session, { userId: userOf(name).userId, role }),
  )

t.test('a stream ends with its membership, and with no one else’s', async t => {
  const events = await openEvents('acme', 'member')
  const socket = await openSocket('acme', 'member')
  const others = [
    await openEvents('acme', 'admin'),
    await openEvents('globex', 'owner'),
    await openSocket('acme', 'admin'),
  ]

  await place('guest', 'member')
  await until('the sidecar has heard of it', () => whole.metric('postern_documents_dropped_total'))
  await Promise.all([...others, events, socket].map(stream => stream.goesOn()))

  await records.change(acme.id, 'membership.removed', session =>
    deleteTenantMembership(session, userOf('member').userId),
  )
  const line = { tenant: 'acme', status: 200, decision: 'deny', aborted: 'revoked', reason: 'CROSS_TENANT' }
  t.match(await events.ended(), line)
  t.equal(await socket.closeCode(), 1008)
  await until('both are counted', async () => (await whole.metric(ended('CROSS_TENANT'))) === 2)
  t.equal(await whole.metric('postern_cross_tenant_attempts_total{mode="enforce"}'), 0)
  await Promise.all(others.map(stream => stream.goesOn()))

  for (const stream of others) stream.leave()
  await place('member', 'member')
  await place('guest', 'guest')
})

t.test('a demotion ends what the new role may not do, and nothing else', async t => {
  const echo = await openEcho('acme', 'admin')
  const events = await openEvents('acme', 'admin')
  await place('admin', 'guest')
  t.match(await echo.ended(), { aborted: 'revoked', reason: 'PERMISSION_MISSING' })
  await events.goesOn()
  events.leave()
  await place('admin', 'admin')
})

t.test('a revocation ends the streams of its tokens, and of no other', async t => {
  const [events, other] = [await openEvents('acme', 'guest'), await openEvents('acme', 'owner')]
  const socket = await openSocket('acme', 'guest')
  const { objectId: subject } = userOf('guest')
  await revokeTokens(records.runtime, {
    id: newId(),
    tokens: { kind: 'principal', issuer: whole.identity.issuer, subject, inTenant: null },
    keptMs: 3_600_000,
    reason: 'the laptop was stolen',
  })
  t.match(await events.ended(), { aborted: 'revoked', reason: 'TOKEN_REVOKED' })
  t.equal(await socket.closeCode(), 1008)
  await other.goesOn()
  other.leave()
})

t.test('a tenant that is suspended ends all of its streams', async t => {
  const streams = await Promise.all([openEvents('acme', 'owner'), openEvents('acme', 'member')])
  const socket = await openSocket('acme', 'admin')
  const other = await openEvents('globex', 'owner')
  await records.change(acme.id, 'tenant.changed', session => updateTenantStatus(session, 'suspended'))
  for (const stream of streams)
    t.match(await stream.ended(), { aborted: 'revoked', reason: 'TENANT_INACTIVE' })
  t.equal(await socket.closeCode(), 1008)
  await other.goesOn()
  other.leave()
})
