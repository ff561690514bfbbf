import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { connect } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import type { AccessQuestion } from '../../src/access/document.ts'
import type { FeedMessage } from '../../src/access/feed.ts'
import type { DocumentStore } from '../../src/access/ports.ts'
import { createDocumentVerifier } from '../../src/access/signed-document.ts'
import type { ControlSettings } from '../../src/control/settings.ts'
import type { RunningControl } from '../../src/control/wire.ts'
import { startControl } from '../../src/control/wire.ts'
import { demoTenants, demoUsers, seed } from '../../src/demo/seeds.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { insertRevocation } from '../../src/store/postgres/queries/feed.ts'
import { updateTenantStatus } from '../../src/store/postgres/queries/tenants.ts'
import { makeControlSettings } from '../support/control-settings.ts'
import { createTestDatabase, silentLog, withClient } from '../support/database.ts'
import { newId, openRecords } from '../support/records.ts'
import type { Json } from '../support/tokens.ts'
import { keySetOf, makeClaims, makeIssuer, makeKey, signToken, startKeySetServer } from '../support/tokens.ts'
import { until } from '../support/until.ts'

const people = 'https://people.example/'
const service = 'system:serviceaccount:qlp:memory'
const key = makeKey('cluster-1')
const provider = await startKeySetServer(keySetOf(key))
t.teardown(() => provider.close())
const cluster = makeIssuer({
  issuer: 'https://kubernetes.default.svc',
  jwksUri: `${provider.origin}/openid/v1/jwks`,
  audiences: ['postern-control'],
  tenantClaim: null,
})
const database = await createTestDatabase(t)
await seed(database.ownerUrl, people, silentLog)

const good = makeControlSettings({ issuers: [cluster], subjects: [service] })
const settings: ControlSettings = { ...good, postgres: { ...good.postgres, url: database.runtimeUrl } }

function tokenOf(more: Json = {}, signedWith = key): string {
  return signToken(signedWith, makeClaims(cluster, Date.now(), { sub: service, tenant: undefined, ...more }))
}

type Test = { readonly teardown: (task: () => Promise<void>) => unknown }

async function start(
  t: Test,
  more: Partial<ControlSettings> = {},
  documentStore: DocumentStore | null = null,
) {
  const control = await startControl(
    { ...settings, ...more },
    { documentStore, feed: null, log: silentLog, clock: systemClock },
  )
  t.teardown(() => control.close())
  return control
}

type Question = { issuer: string; subject: string; tenant: string }

function questionOf(name: string, tenant: string): Question {
  const user = demoUsers.find(each => each.name === name && each.tenantSlug === 'acme')!
  return { issuer: people, subject: user.objectId, tenant }
}

async function ask(control: RunningControl, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${control.url}/internal/v1/access-documents`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${tokenOf()}`, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return { status: response.status, headers: response.headers, body: (await response.json()) as Json }
}

/** A GET, or with a body a POST. */
async function getInternal(
  control: RunningControl,
  name: string,
  body?: object,
  authorization = `Bearer ${tokenOf()}`,
) {
  const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
  const headers = { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
  const response = await fetch(`${control.url}/internal/v1/${name}`, { ...sent, headers })
  return { status: response.status, body: (await response.json()) as Json }
}

const one = { questions: [questionOf('member', 'acme')] }

async function publishedKeys(control: RunningControl) {
  const response = await fetch(`${control.url}/.well-known/postern-access-keys.json`)
  const { keys } = (await response.json()) as { keys: (Json & { kid: string })[] }
  const byId = new Map(keys.map(jwk => [jwk.kid, createPublicKey({ key: jwk, format: 'jwk' })]))
  return { headers: response.headers, keys, find: (keyId: string) => byId.get(keyId) ?? null }
}

t.test('a service gets a signed document for a member, and the published key proves it', async t => {
  const control = await start(t)
  const { status, headers, body } = await ask(control, one)
  t.equal(status, 200)
  t.equal(headers.get('cache-control'), 'no-store')
  const verifier = createDocumentVerifier({ keys: await publishedKeys(control), bytesMax: 65_536 })
  const { tenant, ...principal } = one.questions[0]!
  const document = verifier.verify((body.documents as string[])[0]!, { ...principal, tenantRef: tenant })
  t.match(document, { tenant: { slug: 'acme' }, role: 'member', accessVersion: 2 })
})

t.test('a batch is answered in its order, with null where the principal has no place', async t => {
  const control = await start(t)
  const questions = [
    questionOf('owner', 'acme'),
    questionOf('owner', 'globex'),
    questionOf('guest', 'acme'),
    questionOf('guest', 'nowhere'),
    { issuer: people, subject: 'a stranger', tenant: 'acme' },
    questionOf('admin', 'acme'),
  ]
  const { body } = await ask(control, { questions })
  const verifier = createDocumentVerifier({ keys: await publishedKeys(control), bytesMax: 65_536 })
  const roles = (body.documents as (string | null)[]).map((signed, index) => {
    if (signed === null) return null
    const { tenant, ...principal } = questions[index]!
    const document = verifier.verify(signed, { ...principal, tenantRef: tenant })
    return 'role' in document ? document.role : document.rejected
  })
  t.same(roles, ['owner', null, 'guest', null, null, 'admin'])
})

t.test('a foreign tenant and an unknown one are answered alike, byte for byte', async t => {
  const control = await start(t)
  const foreign = await ask(control, { questions: [questionOf('member', 'globex')] })
  const unknown = await ask(control, { questions: [questionOf('member', 'nowhere')] })
  t.same(foreign.body, { documents: [null] })
  t.same(unknown.body, foreign.body)
})

t.test('a suspended tenant gets its document, which says so', async t => {
  const control = await start(t)
  const records = openRecords(t, database)
  const setStatus = (status: 'active' | 'suspended') =>
    records.change(demoTenants[0]!.id, 'tenant.changed', session => updateTenantStatus(session, status))
  await setStatus('suspended')
  t.teardown(() => setStatus('active'))
  const { body } = await ask(control, one)
  const payload = (body.documents as string[])[0]!.split('.')[1]!
  t.match(JSON.parse(Buffer.from(payload, 'base64url').toString()), {
    access: { tenant: { status: 'suspended' } },
  })
})

t.test('who sends no token, or one that is not good, is told so and nothing else', async t => {
  const control = await start(t)
  const cases: readonly (readonly [string, string])[] = [
    ['', 'TOKEN_MISSING'],
    ['Basic dXNlcjpwYXNz', 'TOKEN_MISSING'],
    ['Bearer', 'TOKEN_MISSING'],
    ['Bearer nonsense', 'TOKEN_MALFORMED'],
    [`Bearer ${tokenOf({ exp: 1000, iat: 400 })}`, 'TOKEN_EXPIRED'],
    [`Bearer ${tokenOf({ aud: 'qlp-api' })}`, 'TOKEN_AUDIENCE_WRONG'],
    [`Bearer ${tokenOf({ iss: 'https://elsewhere.example/' })}`, 'TOKEN_ISSUER_UNKNOWN'],
    [`Bearer ${tokenOf({}, makeKey('cluster-1'))}`, 'TOKEN_SIGNATURE_INVALID'],
    [`Bearer ${tokenOf()}${'A'.repeat(9000)}`, 'TOKEN_SIGNATURE_INVALID'],
  ]
  for (const [authorization, code] of cases) {
    const { status, headers, body } = await ask(control, one, { authorization })
    t.equal(status, 401, code)
    t.match(headers.get('content-type'), 'application/problem+json')
    t.match(headers.get('www-authenticate'), /^Bearer /)
    if (!authorization.endsWith('AAA')) t.equal(body.code, code)
    t.same(Object.keys(body).sort(), ['code', 'request_id', 'status', 'title', 'type'])
  }
})

t.test('a good token of a service that is not named may not ask', async t => {
  const control = await start(t)
  for (const sub of ['system:serviceaccount:qlp:sandbox', `${service}2`, service.toUpperCase()]) {
    const { status, body } = await ask(control, one, { authorization: `Bearer ${tokenOf({ sub })}` })
    t.equal(status, 403)
    t.equal(body.code, 'CALLER_FORBIDDEN')
  }
})

t.test('without the keys of the issuer no caller can be told, and none is let in', async t => {
  const away = { ...cluster, jwksUri: 'http://127.0.0.1:1/jwks' }
  const control = await start(t, { issuers: [away] })
  const { status, headers, body } = await ask(control, one)
  t.equal(status, 503)
  t.equal(body.code, 'KEYS_UNAVAILABLE')
  t.equal(headers.get('retry-after'), '1')
})

t.test('a service that calls more often than it may is told when to come back', async t => {
  const control = await start(t, { callRate: { perSecond: 0.01, atOnce: 2 } })
  t.equal((await ask(control, one)).status, 200)
  t.equal((await getInternal(control, 'revocations')).status, 200, 'all operations count as one')
  const { status, headers, body } = await ask(control, one)
  t.equal(status, 429)
  t.equal(body.code, 'CALLS_LIMITED')
  const waitSeconds = Number(headers.get('retry-after'))
  t.ok(waitSeconds > 90 && waitSeconds <= 100, `${waitSeconds}`)
  const stranger = await ask(control, one, { authorization: `Bearer ${tokenOf({ sub: 'someone-else' })}` })
  t.equal(stranger.status, 403, 'who may not call at all is told that')
})

t.test('a service gets the revocations and versions that Postgres holds, and nobody else does', async t => {
  const control = await start(t)
  const records = openRecords(t, database)
  const { id: tenantId } = demoTenants[0]!
  const revocation = {
    id: newId(),
    kind: 'tenant',
    tenantId,
    notBeforeMs: 1,
    expiresAtMs: Date.now() + 60_000,
  } as const
  await records.runtime.global(session => insertRevocation(session, revocation, 'a test'))
  t.same(await getInternal(control, 'revocations'), {
    status: 200,
    body: { revocations: [revocation], next: null },
  })
  const tenants = [tenantId, newId()]
  const { status, body } = await getInternal(control, 'access-versions', { tenants })
  t.equal(status, 200)
  t.same(Object.keys(body.versions as Json), [tenantId])
  t.equal((await getInternal(control, 'revocations', undefined, 'Bearer x')).status, 401)
  t.equal((await getInternal(control, 'access-versions', { tenants }, 'Bearer x')).status, 401)
})

t.test('without Postgres it starts, is ready, and answers 503 until Postgres is there', async t => {
  const control = await start(t, { postgres: good.postgres })
  t.equal((await fetch(`${control.url}/livez`)).status, 200)
  t.equal((await fetch(`${control.url}/readyz`)).status, 200)
  const { status, headers, body } = await ask(control, one)
  t.equal(status, 503)
  t.match(headers.get('content-type'), 'application/problem+json')
  t.equal(headers.get('retry-after'), '1')
  t.match(body, { code: 'STORE_UNAVAILABLE', status: 503, type: 'urn:postern:error:STORE_UNAVAILABLE' })
  t.notMatch(JSON.stringify(body), /127\.0\.0\.1|postgres|ECONN/i, 'no internals')
})

t.test(
  'on a schema that does not fit nothing is answered, it is unready, and the log says so once',
  async t => {
    const own = await createTestDatabase(t)
    await withClient(own.ownerUrl, client =>
      client.query("UPDATE postern.schema_compatibility SET must_know = '9999_breaking'"),
    )
    const lines: string[] = []
    const log = { ...silentLog, error: (_fields: unknown, line: string) => lines.push(line) }
    const control = await startControl(
      { ...settings, postgres: { ...settings.postgres, url: own.runtimeUrl } },
      { documentStore: null, feed: null, log, clock: systemClock },
    )
    t.teardown(() => control.close())
    t.equal((await fetch(`${control.url}/readyz`)).status, 503)
    t.equal((await fetch(`${control.url}/livez`)).status, 200)
    for (let asked = 0; asked < 2; asked += 1) {
      const { status, headers, body } = await ask(control, one)
      t.match({ status, body }, { status: 503, body: { code: 'SCHEMA_UNSUPPORTED' } })
      t.equal(headers.get('retry-after'), '5')
    }
    t.equal(lines.filter(line => /must know 9999_breaking/.test(line)).length, 1)
  },
)

t.test(
  'one question of a batch that cannot be answered fails the batch, so that null always means no',
  async t => {
    const own = await createTestDatabase(t)
    await seed(own.ownerUrl, people, silentLog)
    const control = await start(t, { postgres: { ...settings.postgres, url: own.runtimeUrl } })
    const questions = [questionOf('owner', 'acme'), questionOf('member', 'acme')]
    t.equal((await ask(control, { questions })).status, 200)
    await withClient(own.ownerUrl, client => client.query('DROP TABLE postern.workspace_memberships'))
    const { status, body } = await ask(control, { questions })
    t.equal(status, 503)
    t.equal(body.code, 'STORE_UNAVAILABLE')
  },
)

t.test('connections that Postgres kills are replaced by the next request', async t => {
  const control = await start(t)
  t.equal((await ask(control, one)).status, 200)
  await withClient(database.ownerUrl, client =>
    client.query(
      `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
        WHERE usename = 'postern_runtime' AND datname = current_database()`,
    ),
  )
  const { status } = await ask(control, one)
  // Which of the two it is depends on whether the news of the killed connection has arrived.
  t.ok(status === 200 || status === 503)
  t.equal((await ask(control, one)).status, 200)
})

t.test('a slow Postgres is answered 503 at the deadline of the batch', async t => {
  const control = await start(t, { answerMs: 100 })
  await withClient(database.ownerUrl, async client => {
    await client.query('BEGIN')
    await client.query('LOCK TABLE postern.tenants IN ACCESS EXCLUSIVE MODE')
    const { status, body } = await ask(control, one)
    t.equal(status, 503)
    t.equal(body.code, 'STORE_UNAVAILABLE')
  })
})

t.test('a batch has one to a hundred questions, and each of them three texts', async t => {
  const control = await start(t)
  const question = questionOf('member', 'nowhere')
  const full = { questions: Array.from({ length: 100 }, () => question) }
  const { status, body } = await ask(control, full)
  t.equal(status, 200)
  t.same(
    body.documents,
    Array.from({ length: 100 }, () => null),
  )
  const bad: readonly unknown[] = [
    { questions: Array.from({ length: 101 }, () => question) },
    { questions: [] },
    { questions: {} },
    {},
    [],
    null,
    'text',
    '{"questions":',
    { questions: [null] },
    { questions: [{ ...question, subject: 1 }] },
    { questions: [{ ...question, subject: '' }] },
    { questions: [{ ...question, tenant: 'a'.repeat(129) }] },
    { questions: [{ issuer: people, subject: 'x' }] },
    '{"questions":[{"issuer":"a","subject":"b","tenant":"c","__proto__":{"x":1}}]}',
  ]
  for (const each of bad) {
    const refused = await ask(control, each)
    t.equal(refused.status, 400, JSON.stringify(each).slice(0, 60))
    t.equal(refused.body.code, 'REQUEST_INVALID')
  }
})

t.test('members that a later version adds to a question are ignored', async t => {
  const control = await start(t)
  const later = { questions: [{ ...questionOf('member', 'acme'), reason: 'x' }], hint: true }
  const { status, body } = await ask(control, later)
  t.equal(status, 200)
  t.type((body.documents as unknown[])[0], 'string')
})

t.test('a body too large, or of another type, is refused', async t => {
  const control = await start(t)
  const large = await ask(control, { questions: [], more: 'x'.repeat(600_000) })
  t.match(large, { status: 413, body: { code: 'BODY_TOO_LARGE' } })
  const typed = await ask(control, one, { 'content-type': 'application/xml' })
  t.match(typed, { status: 415, body: { code: 'MEDIA_TYPE_UNKNOWN' } })
})

t.test('an operation that does not exist is a problem too', async t => {
  const control = await start(t)
  for (const path of [
    '/',
    '/internal/v1/access-documents/',
    '/internal/v2/access-documents',
    '/internal/v1/%2e',
  ]) {
    const response = await fetch(`${control.url}${path}`)
    t.equal(response.status, 404, path)
    t.match(await response.json(), { code: 'ROUTE_UNKNOWN' })
  }
})

t.test('two Authorization fields are one too many', async t => {
  const control = await start(t)
  const { hostname, port } = new URL(control.url)
  const socket = connect(Number(port), hostname)
  const head = `POST /internal/v1/access-documents HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\n`
  const fields = `Authorization: Bearer ${tokenOf()}\r\nauthorization: Bearer x\r\nContent-Length: 0\r\n\r\n`
  socket.end(head + fields)
  const answer = (await socket.toArray()).join('')
  t.match(answer, /^HTTP\/1\.1 400 /)
  t.match(answer, /CREDENTIALS_AMBIGUOUS/)
})

t.test('what was signed is handed to the shared store under the question that was asked', async t => {
  const puts: [AccessQuestion, string, number][] = []
  const store: DocumentStore = {
    get: async () => null,
    put: async (...args) => void puts.push(args),
  }
  const control = await start(t, {}, store)
  const asked = await ask(control, {
    questions: [questionOf('member', 'acme'), questionOf('member', 'globex')],
  })
  const { tenant, ...principal } = one.questions[0]!
  t.same(puts, [[{ ...principal, tenantRef: tenant }, (asked.body.documents as string[])[0], 900_000]])
})

t.test('a shared store that hangs or fails delays nobody', async t => {
  for (const put of [() => new Promise<void>(() => {}), () => Promise.reject(new Error('gone'))]) {
    const control = await start(t, {}, { get: async () => null, put })
    t.equal((await ask(control, one)).status, 200)
  }
})

t.test('its keys are public, with an id, for ES256 signatures, and nothing private', async t => {
  const { keys, headers } = await publishedKeys(await start(t))
  t.match(headers.get('content-type'), /^application\/jwk-set\+json\b/)
  t.equal(keys.length, 1)
  t.same(Object.keys(keys[0]!).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
  t.match(keys[0], { kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig' })
})

t.test('a signing key from a file is the same key after a restart, one made in memory is not', async t => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const signingKey = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string
  const keyIdOf = async (documents: Partial<ControlSettings['documents']>) => {
    const control = await start(t, { documents: { ...settings.documents, ...documents } })
    return (await publishedKeys(control)).keys[0]!.kid
  }
  t.equal(await keyIdOf({ signingKey }), await keyIdOf({ signingKey }))
  t.not(await keyIdOf({}), await keyIdOf({}))
})

t.test('a signing key that cannot be read, or a port that is taken, is a failure to start', async t => {
  const ports = { documentStore: null, feed: null, log: silentLog, clock: systemClock }
  const documents = { ...settings.documents, signingKey: 'not a key' }
  await t.rejects(startControl({ ...settings, documents }, ports), /P-256/)
  const first = await start(t)
  const listen = { host: '127.0.0.1', port: Number(new URL(first.url).port) }
  await t.rejects(startControl({ ...settings, listen }, ports), { code: 'EADDRINUSE' })
})

t.test('metrics count what happened, by names of our own only', async t => {
  const control = await start(t)
  await ask(control, { questions: [questionOf('member', 'acme'), questionOf('member', 'nowhere')] })
  await fetch(`${control.url}/made-up-by-a-caller`)
  const text = await (await fetch(`${control.url}/metrics`)).text()
  t.match(text, /postern_control_questions_total\{answer="document"\} 1/)
  t.match(text, /postern_control_questions_total\{answer="none"\} 1/)
  t.match(
    text,
    /postern_control_request_seconds_count\{route="\/internal\/v1\/access-documents",status="200"\} 1/,
  )
  t.match(text, /postern_control_request_seconds_count\{route="unknown",status="404"\} 1/)
  t.match(text, /postern_control_postgres_connections\{state="open"\} [1-9]/)
  t.notMatch(text, /made-up|nowhere|acme/)
})

t.test('closing lets a request in flight finish and takes no new one', async t => {
  // Long enough for the test to fail if anything but the end of the request ended the wait.
  const drain = { delayMs: 0, timeoutMs: 600_000 }
  const ports = { documentStore: null, feed: null, log: silentLog, clock: systemClock }
  const control = await startControl({ ...settings, drain }, ports)
  await withClient(database.ownerUrl, async client => {
    await client.query('BEGIN')
    await client.query('LOCK TABLE postern.tenants IN ACCESS EXCLUSIVE MODE')
    const inFlight = ask(control, one)
    while ((await waitingBackends(client)) === 0);
    const closed = control.close()
    await client.query('COMMIT')
    t.equal((await inFlight).status, 200)
    await closed
  })
  await t.rejects(fetch(`${control.url}/livez`))
})

/** How many statements of this database wait for a lock. */
async function waitingBackends(client: { query: (text: string) => Promise<{ rows: { count: number }[] }> }) {
  // Within a transaction the view shows what it showed first.
  await client.query('SELECT pg_stat_clear_snapshot()')
  const found = await client.query(
    `SELECT count(*)::int AS count FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  )
  return found.rows[0]!.count
}

t.test('tells sidecars of a change as soon as it is committed, and of none after it is closed', async t => {
  const told: FeedMessage[] = []
  const publish = async (messages: readonly FeedMessage[]) => void told.push(...messages)
  const ports = { documentStore: null, feed: { publish }, log: silentLog, clock: systemClock }
  const control = await startControl(settings, ports)
  const { change } = openRecords(t, database)
  const { id: tenantId, slug } = demoTenants[1]!
  const announce = () => change(tenantId, 'membership.changed', async ({ accessVersion }) => accessVersion)
  const accessVersion = await announce()
  const expected = { kind: 'access', tenantId, slug, accessVersion }
  const isIt = (message: FeedMessage) => isDeepStrictEqual(message, expected)
  await until('it is told', () => told.find(isIt))
  await control.close()
  const { length } = told
  await announce()
  t.equal(told.length, length)
})
