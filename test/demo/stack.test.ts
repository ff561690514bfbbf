import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import t from 'tap'
import { WebSocket } from 'ws'
import { demoTenants, demoUsers, demoWorkspace } from '../../src/demo/seeds.ts'
import { startStack } from '../../src/demo/stack.ts'
import { systemClock } from '../../src/lib/clock.ts'
import type { Call } from '../support/caller.ts'
import { askToken, call, openCall } from '../support/caller.ts'
import { createEmptyDatabase, silentLog } from '../support/database.ts'
import { startOwnRedis } from '../support/redis.ts'
import { until } from '../support/until.ts'
import { lineOf } from '../support/whole.ts'

const logFile = join(t.testdir({ 'sidecar.log': '' }), 'sidecar.log')
const told: string[] = []
const stack = await startStack({
  databaseUrl: (await createEmptyDatabase(t)).ownerUrl,
  redisUrl: (await startOwnRedis(t)).url,
  upstreamUrl: null,
  ports: { traffic: 0, metrics: 0, admin: 0, control: 0, issuer: 0, upstream: 0 },
  clock: systemClock,
  log: silentLog,
  logTo: logFile,
  progress: line => told.push(line),
})
t.teardown(() => stack.close())
const { traffic, metrics, admin, tokenEndpoint } = stack.addresses
const [acme, globex] = demoTenants as [(typeof demoTenants)[0], (typeof demoTenants)[0]]
const member = demoUsers.find(({ name }) => name === 'member')!
const tokens = {
  owner: await askToken(tokenEndpoint, 'acme', 'owner'),
  admin: await askToken(tokenEndpoint, 'acme', 'admin'),
  member: await askToken(tokenEndpoint, 'acme', 'member'),
  guest: await askToken(tokenEndpoint, 'acme', 'guest'),
}
const token = tokens.member
const ask = (path: string, made: Call = {}) => call(traffic, path, { token, ...made })

t.test('it tells what it started, one line each', async t => {
  t.match(told.join('\n'), /^identity provider .*\ndatabase ready .*\ncontrol plane .*\nservice .*\nsidecar /)
})

t.test('health is for everyone, everything else needs a token', async t => {
  t.match(await call(traffic, '/health'), { status: 200, json: { status: 'healthy' } })
  for (const path of ['/whoami', '/tenants/acme/notes', '/workspaces/lab/notes', '/events']) {
    const answer = await call(traffic, path)
    t.match(answer, { status: 401, json: { code: 'TOKEN_MISSING' } }, path)
    t.equal(answer.headers['www-authenticate'], 'Bearer realm="postern"')
  }
})

t.test('each role may do what it is seeded for', async t => {
  const note = { method: 'POST', body: '{"text":"hello"}' }
  for (const [role, mayWrite] of [
    ['owner', true],
    ['admin', true],
    ['member', true],
    ['guest', false],
  ] as const) {
    const as = { token: tokens[role] }
    t.match(await ask('/whoami', as), { status: 200, json: { 'x-qlp-roles': role } })
    t.match(await ask('/tenants/acme/notes', as), { status: 200, json: { tenant: acme.id } })
    const written = await ask('/notes', { ...note, ...as })
    if (mayWrite) t.match(written, { status: 201, json: { tenant: acme.id } }, role)
    else t.match(written, { status: 403, json: { code: 'PERMISSION_MISSING' } }, role)
  }
})

t.test('a tenant in a path is named by its id or its slug, a workspace as well', async t => {
  for (const name of [acme.id, acme.slug]) t.equal((await ask(`/tenants/${name}/notes`)).status, 200)
  for (const name of [demoWorkspace.id, demoWorkspace.slug]) {
    t.match(await ask(`/workspaces/${name}/notes`), { status: 200, json: { workspace: demoWorkspace.id } })
    const refused = await ask(`/workspaces/${name}/notes`, { token: tokens.guest })
    t.match(refused, { status: 403, json: { code: 'WORKSPACE_FORBIDDEN' } })
  }
})

t.test('the service is told who, where and under which plan', async t => {
  t.match((await ask('/whoami')).json, {
    'x-qlp-tenant-id': acme.id,
    'x-qlp-user-id': member.userId,
    'x-qlp-roles': 'member',
    'x-qlp-plan': 'pro',
    'x-tenant-id': acme.id,
    'x-user-id': member.userId,
  })
})

t.test('the assertion verifies with the keys of the admin port, and names this service alone', async t => {
  const { json: shown } = await ask('/whoami')
  const keys = await call(admin, '/.well-known/jwks.json')
  t.equal(keys.headers['content-type'], 'application/jwk-set+json')
  const assertion = String(shown['x-qlp-assertion'])
  const proven = await jwtVerify(assertion, createLocalJWKSet(keys.json as never), {
    audience: 'demo',
    issuer: 'postern:demo',
    algorithms: ['ES256'],
  })
  t.match(proven.payload, { tenant_id: acme.id, sub: member.userId })
  t.ok(proven.payload.exp! - proven.payload.iat! <= 60)
  t.notMatch(keys.text, '"d"', 'no private part')
  t.type(decodeProtectedHeader(assertion).kid, 'string')
})

t.test('the token itself stays here', async t => {
  const { json, text } = await ask('/whoami', { headers: [['Cookie', 'a=b']] })
  t.notOk('authorization' in json)
  t.notMatch(text, token.slice(-40))
})

t.test('no spelling of a header that we vouch for reaches the service', async t => {
  const forged = 'forged-by-the-client'
  const { json, text } = await ask('/whoami', {
    headers: [
      ['X-QLP-Tenant-Id', forged],
      ['x-qlp-tenant-id', forged],
      ['X_QLP_Tenant_Id', forged],
      ['x_qlp_tenant_id', forged],
      ['X-Qlp_User-Id', forged],
      ['X-QLP-Roles', forged],
      ['X-QLP-Assertion', forged],
      ['X-QLP-Anything', forged],
      ['X-User-ID', forged],
      ['X_User_ID', forged],
    ],
  })
  t.notMatch(text, forged)
  t.match(json, { 'x-qlp-tenant-id': acme.id, 'x-qlp-roles': 'member', 'x-user-id': member.userId })
})

t.test('naming our headers in Connection does not take them away', async t => {
  const { json } = await ask('/whoami', {
    headers: [['Connection', 'close, X-QLP-Tenant-Id, X-QLP-Assertion, X-Tenant-ID']],
  })
  t.match(json, { 'x-qlp-tenant-id': acme.id, 'x-tenant-id': acme.id, 'x-qlp-assertion': String })
})

t.test('another tenant’s name and an unknown one get the same answer, wherever they stand', async t => {
  const answers = await Promise.all([
    ask('/tenants/globex/notes'),
    ask(`/tenants/${globex.id}/notes`),
    ask('/tenants/nobody/notes'),
    ask('/tenants/01900000-0000-7000-8000-00000000dead/notes'),
    ask('/whoami', { headers: [['X-Tenant-ID', 'globex']] }),
    ask('/whoami', { headers: [['X-Tenant-ID', 'nobody']] }),
  ])
  for (const answer of answers) t.match(answer, { status: 403, json: { code: 'CROSS_TENANT' } })
  const withoutId = answers.map(({ text, json }) => text.replace(String(json.request_id), ''))
  t.equal(new Set(withoutId).size, 1)
  const fields = answers.map(({ headers }) => Object.keys(headers).sort().join())
  t.equal(new Set(fields).size, 1)
})

t.test('an event stream begins at once', async t => {
  const stream = await openCall(traffic, '/events', { token })
  t.equal(stream.statusCode, 200)
  t.equal(stream.headers['content-type'], 'text/event-stream')
  const [first] = await once(stream.setEncoding('utf8'), 'data')
  t.match(first, /^id: 1\nevent: tick\ndata: \{"count":1,/)
  stream.destroy()
})

t.test('a WebSocket is opened after the decision, and not without a token', async t => {
  const url = `${traffic.replace('http', 'ws')}/socket`
  const socket = new WebSocket(url, { headers: { Authorization: `Bearer ${token}` } })
  const [upgraded] = await once(socket, 'upgrade')
  t.equal(upgraded.statusCode, 101)
  if (socket.readyState !== WebSocket.OPEN) await once(socket, 'open')
  socket.send('to and fro')
  t.match(await once(socket, 'message'), [Buffer.from('to and fro'), false])
  socket.close()
  await once(socket, 'close')

  const stranger = new WebSocket(url)
  stranger.on('error', () => {})
  const [, refused] = await once(stranger, 'unexpected-response')
  t.equal(refused.statusCode, 401)
  refused.resume()
  t.match(await ask('/socket'), { status: 426, json: { code: 'UPGRADE_REQUIRED' } })
})

t.test('a body is echoed piece by piece, before the next was sent', async t => {
  const { hostname, port } = new URL(traffic)
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'text/plain' }
  const sent = request({ hostname, port, method: 'POST', path: '/echo', headers, agent: false })
  sent.write('one')
  const [response] = await once(sent, 'response')
  response.setEncoding('utf8')
  const ended = once(response, 'end')
  t.match(response, { statusCode: 200, headers: { 'content-type': 'text/plain' } })
  t.equal((await once(response, 'data'))[0], 'one')
  sent.end('two')
  t.equal((await once(response, 'data'))[0], 'two')
  await ended
})

t.test('nothing of the metrics and admin ports is reachable through traffic', async t => {
  const paths = ['/metrics', '/livez', '/readyz', '/config', '/.well-known/jwks.json']
  const spellings = ['', '/', '?a', '%00'].flatMap(end => paths.map(path => path + end))
  for (const path of [...spellings, '/%6Detrics', '/METRICS', '//metrics', '/health/../metrics']) {
    for (const made of [{}, { token }]) {
      const { status, json } = await call(traffic, path, made)
      t.ok(status === 404 || status === 400, `${path}: ${status}`)
      t.ok(json.code === 'ROUTE_UNKNOWN' || json.code === 'TARGET_MALFORMED', path)
    }
  }
})

t.test('the metrics port shows every series, and names configured tenants only', async t => {
  t.equal((await call(metrics, '/livez')).status, 200)
  t.equal((await call(metrics, '/readyz')).status, 200)
  await ask('/whoami')
  const { text } = await call(metrics, '/metrics')
  for (const series of [
    'postern_requests_total{route="/whoami",method="GET",status="2xx",decision="allow"}',
    'postern_tenant_requests_total{tenant="acme",decision="allow"}',
    'postern_authentications_total{result="success",reason="none"}',
    'postern_authentications_total{result="failure",reason="TOKEN_MISSING"}',
    'postern_cross_tenant_attempts_total{mode="enforce"}',
    'postern_refusals_total{code="PERMISSION_MISSING",mode="enforce"}',
    'postern_stage_seconds_count{stage="authorize"}',
    'postern_decision_seconds_count',
    'postern_upstream_seconds_count',
    'postern_cache_lookups_total{cache="documents",level="memory"}',
    'postern_cache_lookups_total{cache="documents",level="control"}',
    'postern_store_connected{store="redis"} 1',
    'postern_key_set_age_seconds',
    'process_resident_memory_bytes',
  ])
    t.match(text, series)
  t.notMatch(text, acme.id)
  t.notMatch(text, member.userId)
})

t.test('each request leaves one line of JSON that says all and holds no secret', async t => {
  const answer = await ask('/tenants/acme/notes?secret=in-the-query')
  const id = String(answer.headers['x-request-id'])
  const line = await until('the request is in the log', () => lineOf(readFileSync(logFile, 'utf8'), id))
  t.match(line, {
    request_id: id,
    method: 'GET',
    route: '/tenants/{tenant_id}/notes',
    status: 200,
    decision: 'allow',
    tenant: 'acme',
    tenant_id: acme.id,
    user_id: member.userId,
    stage_ms: { authenticate: Number, identifyTenant: Number, authorize: Number, throttle: Number },
  })
  const log = readFileSync(logFile, 'utf8')
  const parts = Object.values(tokens).flatMap(each => each.split('.').slice(1))
  for (const part of parts) t.notOk(log.includes(part))
  t.notMatch(log, 'in-the-query')
  t.equal(log.split('\n').filter(each => each.includes(id)).length, 1)
})

t.test('the configuration that the admin port shows holds no secret', async t => {
  const { json, text } = await call(admin, '/config')
  t.match(json, { kind: 'proxy', service: { name: 'demo' } })
  t.notMatch(text, /eyJ[A-Za-z0-9_-]{10}/)
})

t.test('what cannot start gives back what it had started', async t => {
  const { port } = new URL(traffic)
  const ports = { traffic: Number(port), metrics: 0, admin: 0, control: 0, issuer: 0, upstream: 0 }
  const before: string[] = []
  const started = startStack({
    databaseUrl: (await createEmptyDatabase(t)).ownerUrl,
    redisUrl: null,
    upstreamUrl: null,
    ports,
    clock: systemClock,
    log: silentLog,
    logTo: logFile,
    progress: line => before.push(line),
  })
  await t.rejects(started, { code: 'EADDRINUSE' })
  const [, issuer] = /^identity provider (http:\/\/[^/]+)/.exec(before[0]!)!
  await t.rejects(fetch(issuer!), 'its identity provider has gone')
})
