import { once } from 'node:events'
import type { Test } from 'tap'
import t from 'tap'
import { openCall } from '../support/caller.ts'
import { until } from '../support/until.ts'
import type { Whole } from '../support/whole.ts'
import { startWhole } from '../support/whole.ts'

/** A whole that a member of acme has used already. */
async function startWarm(t: Test): Promise<{ readonly whole: Whole; readonly token: string }> {
  const whole = await startWhole(t)
  const token = await whole.token('acme', 'member')
  t.equal((await whole.call('/whoami', { token })).status, 200)
  return { whole, token }
}

t.test('with the control plane gone, who is remembered is served and anyone else gets a 503', async t => {
  const { whole, token } = await startWarm(t)
  const stranger = await whole.token('acme', 'admin')
  await whole.control.close()
  t.equal((await whole.call('/whoami', { token })).status, 200)
  const answer = await whole.call('/whoami', { token: stranger })
  t.match(answer, { status: 503, json: { code: 'DIRECTORY_UNAVAILABLE' } })
  t.ok(Number(answer.headers['retry-after']) >= 1)
  t.notMatch(answer.text, whole.config.control.url, 'no address of ours is told')
})

t.test('with the control plane gone, another tenant is as closed as before', async t => {
  const { whole, token } = await startWarm(t)
  await whole.control.close()
  for (const tenant of ['globex', 'no-such-tenant']) {
    const answer = await whole.call(`/tenants/${tenant}/notes`, { token })
    t.match(answer, { status: 403, json: { code: 'CROSS_TENANT' } })
  }
})

t.test('with the identity provider gone, known keys serve and a made-up key is no way in', async t => {
  const { whole, token } = await startWarm(t)
  const unseen = await whole.token('acme', 'guest')
  await whole.identity.close()
  t.equal((await whole.call('/whoami', { token })).status, 200)
  t.equal(
    (await whole.call('/whoami', { token: unseen })).status,
    200,
    'a token not seen before, by a known key',
  )
  const [, claims, signature] = unseen.split('.')
  const head = Buffer.from(JSON.stringify({ alg: 'RS256', typ: 'JWT', kid: 'made-up' })).toString('base64url')
  const answer = await whole.call('/whoami', { token: `${head}.${claims}.${signature}` })
  t.ok([401, 503].includes(answer.status), `${answer.status}`)
  t.match(answer.json.code, /^(TOKEN_KEY_UNKNOWN|KEYS_UNAVAILABLE)$/)
})

t.test('with the service gone a request is answered 503, and not one is let in elsewhere', async t => {
  const { whole, token } = await startWarm(t)
  await whole.upstream.close()
  const answer = await whole.call('/whoami', { token })
  t.match(answer, { status: 503, json: { code: 'UPSTREAM_UNREACHABLE' } })
  t.ok(Number(answer.headers['retry-after']) >= 1)
  t.match(await whole.accessLine(answer), { decision: 'fault', fault_source: 'upstream' })
})

t.test('a client that hangs up in mid-stream ends the exchange on both sides', async t => {
  const { whole, token } = await startWarm(t)
  const events = await openCall(whole.proxy.addresses.traffic, '/events', { token })
  await once(events, 'data')
  const requestId = String(events.headers['x-request-id'])
  events.destroy()
  const line = await until('the stream is in the log', () =>
    whole
      .log()
      .split('\n')
      .find(each => each.includes(requestId) && each.includes('"route":"/events"')),
  )
  t.match(JSON.parse(line), { status: 200, aborted: 'client' })
})

t.test('a drain turns the sidecar unready and cuts a stream only at its deadline', async t => {
  const { whole, token } = await startWarm(t)
  const events = await openCall(whole.proxy.addresses.traffic, '/events', { token })
  await once(events, 'data')
  const closed = new Promise(resolve => events.once('close', resolve))
  const drained = whole.proxy.drain()
  const { metrics } = whole.proxy.addresses
  t.equal((await fetch(`${metrics}/readyz`)).status, 503)
  t.equal((await fetch(`${metrics}/livez`)).status, 200)
  await drained
  await closed
  await until('the record of what was cut', () => /"route":"\/events".*"aborted":"drain"/.test(whole.log()))
})
