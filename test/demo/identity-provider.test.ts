import { generateKeyPairSync } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import type { Test } from 'tap'
import t from 'tap'
import { request } from 'undici'
import type { IdentityProvider } from '../../src/demo/identity-provider.ts'
import { startIdentityProvider } from '../../src/demo/identity-provider.ts'
import { DenyList } from '../../src/token/deny-list.ts'
import type { Issuer } from '../../src/token/issuer.ts'
import { createKeySetFetch } from '../../src/token/key-set-fetch.ts'
import { KeySource } from '../../src/token/key-source.ts'
import type { Verifier } from '../../src/token/verifier.ts'
import { createVerifier } from '../../src/token/verifier.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { makeIssuer } from '../support/tokens.ts'

const nowMs = Date.parse('2026-03-01T12:00:00Z')
const clock = createManualClock(nowMs)
const tenantId = '01900000-0000-7000-8000-00000000ac3e'
const objectId = '5a1c0de0-0000-4000-8000-000000000003'
const member = { tenantId, tenantSlug: 'acme', name: 'member', objectId, displayName: 'Mona Member' }
const password = `p-${generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }).x}`

const provider = await startIdentityProvider({
  host: '127.0.0.1',
  port: 0,
  clock,
  users: [member],
  password,
  userTokenLifetimeMs: 3_600_000,
  serviceAccountTokenLifetimeMs: 600_000,
})
t.teardown(() => provider.close())

async function get(uri: string) {
  const { statusCode, headers, body } = await request(uri)
  return { statusCode, type: headers['content-type'], body: await body.text() }
}

async function getJson(uri: string): Promise<Record<string, never>> {
  return JSON.parse((await get(uri)).body)
}

async function grant(fields: Record<string, string | undefined>) {
  const form = new URLSearchParams()
  const all = {
    grant_type: 'password',
    client_id: provider.audience,
    username: 'member@acme.example',
    password,
    scope: `openid ${provider.audience}`,
    response_type: 'token id_token',
    ...fields,
  }
  for (const [name, value] of Object.entries(all)) if (value !== undefined) form.set(name, value)
  const { statusCode, body } = await request(provider.tokenEndpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
  })
  return { statusCode, body: JSON.parse(await body.text()) }
}

/** What a sidecar would make of this provider. */
async function believe(t: Test, more: Partial<Issuer>): Promise<Verifier> {
  const issuer = makeIssuer({ algorithms: ['RS256'], jwksUri: null, ...more })
  const bounds = { refreshMs: 1e6, retryMs: 1e6, cooldownMs: 1e6, missMs: 1e6, staleMs: 1e6, timeoutMs: 5000 }
  const keys = new KeySource(
    issuer,
    { ...bounds, missesMax: 10, waitersMax: 10, keysMax: 10 },
    {
      clock,
      random: () => 0,
      keySet: createKeySetFetch(issuer, { bodyBytesMax: 100_000, timeoutMs: 5000 }),
      events: { onFetched: () => {}, onFetchFailed: (_, cause) => t.error(cause) },
    },
  )
  t.teardown(() => keys.close())
  await keys.start()
  const denyList = new DenyList({ keysPerIssuerMax: 1 })
  return createVerifier({ issuers: [{ issuer, keys }], denyList, clock, tokenLengthMax: 8192 })
}

function believeUsers(t: Test): Promise<Verifier> {
  return believe(t, {
    issuer: provider.issuer,
    discoveryUri: provider.discoveryUri,
    audiences: [provider.audience],
    policies: [provider.policy.toLowerCase()],
    tenantClaim: 'extension_TenantId',
  })
}

t.test('the policy is in the path of discovery but not in the issuer, which ends in a slash', async t => {
  const document = await getJson(provider.discoveryUri)
  t.equal(document.issuer, provider.issuer)
  t.match(provider.issuer, /^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f-]{36}\/v2\.0\/$/)
  t.notMatch(provider.issuer, provider.policy)
  t.ok(provider.discoveryUri.endsWith(`/${provider.policy}/v2.0/.well-known/openid-configuration`))
  t.equal(document.jwks_uri, provider.jwksUri)
  t.equal(document.token_endpoint, provider.tokenEndpoint)
})

t.test('the policy may be spelt in either case', async t => {
  const { statusCode } = await get(
    provider.discoveryUri.replace(provider.policy, provider.policy.toLowerCase()),
  )
  t.equal(statusCode, 200)
})

t.test('published keys carry no alg', async t => {
  const { keys } = JSON.parse((await get(provider.jwksUri)).body)
  t.equal(keys.length, 1)
  t.same(Object.keys(keys[0]).sort(), ['e', 'kid', 'kty', 'n', 'nbf', 'use'])
  t.equal(keys[0].use, 'sig')
})

t.test('a password buys an access token that a sidecar believes', async t => {
  const { statusCode, body } = await grant({})
  t.equal(statusCode, 200)
  t.match(body, { token_type: 'Bearer', expires_in: '3600' })
  const verifier = await believeUsers(t)
  t.match(await verifier.verify(body.access_token), {
    claims: { issuer: provider.issuer, subject: objectId, tenantRef: tenantId, issuedAtMs: nowMs },
  })
  t.match(decodeProtectedHeader(body.access_token), { alg: 'RS256', typ: 'JWT' })
  t.match(decodeJwt(body.access_token), {
    ver: '1.0',
    aud: provider.audience,
    azp: provider.audience,
    oid: objectId,
    tfp: provider.policy,
    name: 'Mona Member',
    emails: ['member@acme.example'],
    extension_TenantId: tenantId,
    idp: 'LocalAccount',
    auth_time: nowMs / 1000,
  })
})

t.test('without a scope beside openid there is an ID token and no access token', async t => {
  const { statusCode, body } = await grant({ scope: 'openid offline_access', nonce: 'n-1' })
  t.equal(statusCode, 200)
  t.notOk('access_token' in body)
  t.match(body, { token_type: 'Bearer', id_token_expires_in: '3600' })
  t.match(decodeJwt(body.id_token), { aud: provider.audience, nonce: 'n-1' })
})

const refusedGrants: readonly (readonly [string, Record<string, string | undefined>, string, string])[] = [
  ['a wrong password', { password: 'wrong' }, 'access_denied', 'AADB2C90225'],
  ['no password', { password: undefined }, 'access_denied', 'AADB2C90225'],
  ['a stranger', { username: 'nobody@acme.example' }, 'access_denied', 'AADB2C90225'],
  ['no user name', { username: undefined }, 'access_denied', 'AADB2C90225'],
  ['another grant', { grant_type: 'authorization_code' }, 'unsupported_grant_type', 'AADB2C90086'],
  ['no client', { client_id: undefined }, 'invalid_request', 'AADB2C90008'],
  ['another client', { client_id: 'other' }, 'unauthorized_client', 'AADB2C90018'],
  ['no scope', { scope: undefined }, 'invalid_request', 'AADB2C90010'],
  ['a scope without openid', { scope: provider.audience }, 'invalid_scope', 'AADB2C90012'],
  ['a scope of another resource', { scope: 'openid other' }, 'invalid_scope', 'AADB2C90012'],
]
for (const [name, fields, error, code] of refusedGrants) {
  t.test(`a grant with ${name} is refused as B2C does`, async t => {
    const { statusCode, body } = await grant(fields)
    t.equal(statusCode, 400)
    t.equal(body.error, error)
    t.ok(body.error_description.startsWith(`${code}: `))
    t.match(
      body.error_description,
      /\r\nCorrelation ID: [0-9a-f-]{36}\r\nTimestamp: 2026-03-01 12:00:00Z\r\n$/,
    )
    t.notMatch(JSON.stringify(body), 'token"')
  })
}

t.test('a form past the bound is refused', async t => {
  const { statusCode } = await request(provider.tokenEndpoint, { method: 'POST', body: 'x'.repeat(20_000) })
  t.equal(statusCode, 413)
})

t.test('any other address is a page that is not there', async t => {
  const paths = [
    '/',
    '/posterndemo.onmicrosoft.com/B2C_1_Other/v2.0/.well-known/openid-configuration',
    '/kubernetes',
  ]
  for (const path of paths) {
    const { statusCode, type, body } = await get(new URL(path, provider.issuer).href)
    t.equal(statusCode, 404)
    t.equal(type, 'text/html')
    t.match(body, 'removed')
  }
  t.equal((await get(provider.tokenEndpoint)).statusCode, 404)
})

t.test('a test may ask for a token that was issued long ago', async t => {
  const verifier = await believeUsers(t)
  const fresh = (await provider.userToken('member@acme.example'))!
  const old = (await provider.userToken('member@acme.example', 3_700_000))!
  t.match(await verifier.verify(fresh), { claims: { subject: objectId } })
  t.match(await verifier.verify(old), { refused: 'TOKEN_EXPIRED' })
  t.equal(await provider.userToken('nobody@acme.example'), null)
})

function believeServices(t: Test, of: IdentityProvider['serviceAccounts']): Promise<Verifier> {
  return believe(t, {
    issuer: of.issuer,
    discoveryUri: of.discoveryUri,
    audiences: [of.audience],
    tenantClaim: null,
  })
}

t.test('a service account gets a token of its own issuer', async t => {
  const subject = 'system:serviceaccount:postern:sidecar'
  const verifier = await believeServices(t, provider.serviceAccounts)
  const token = await provider.serviceAccountToken(subject)
  t.match(await verifier.verify(token), {
    claims: { issuer: provider.serviceAccounts.issuer, subject, expiresAtMs: nowMs + 600_000 },
  })
  t.match(decodeJwt(token), {
    aud: ['postern-control'],
    'kubernetes.io': { namespace: 'postern', serviceaccount: { name: 'sidecar' } },
  })
  t.match(await verifier.verify(await provider.serviceAccountToken(subject, 700_000)), {
    refused: 'TOKEN_EXPIRED',
  })
  await t.rejects(async () => provider.serviceAccountToken('sidecar'), TypeError)
})

t.test('neither issuer is taken for the other', async t => {
  const users = await believeUsers(t)
  const services = await believeServices(t, provider.serviceAccounts)
  const userToken = (await provider.userToken('member@acme.example'))!
  const serviceToken = await provider.serviceAccountToken('system:serviceaccount:postern:sidecar')
  t.match(await users.verify(serviceToken), { refused: 'TOKEN_ISSUER_UNKNOWN' })
  t.match(await services.verify(userToken), { refused: 'TOKEN_ISSUER_UNKNOWN' })
})

t.test('an address that is taken is told to whoever starts it', async t => {
  const port = Number(new URL(provider.issuer).port)
  const start = startIdentityProvider({
    host: '127.0.0.1',
    port,
    clock,
    users: [],
    password,
    userTokenLifetimeMs: 1000,
    serviceAccountTokenLifetimeMs: 1000,
  })
  await t.rejects(start, { code: 'EADDRINUSE' })
})
