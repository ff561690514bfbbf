import type { JWK } from 'jose'
import { createLocalJWKSet, jwtVerify } from 'jose'
import type { Test } from 'tap'
import t from 'tap'
import { exchange, openDesk } from '../hostile/headers/deliver.ts'
import { identityFaults } from '../hostile/headers/identity.ts'
import { call } from '../support/caller.ts'
import type { Sidecar } from '../support/sidecar.ts'
import { tenants, userIdOf } from '../support/sidecar.ts'
import { valuesOf } from '../support/strict-http.ts'

/**
 * Threat 48: a proof is captured, and used again elsewhere or later.
 * Advisories: none
 * Defence: an assertion names its one sidecar, its one service, tenant, workspace and user, and lives a minute at most
 * (src/signing/assertion.ts); its key lives in one process; no client can send one, for the field is stripped
 * (src/http1/reserved.ts), and none passes for a token, whose type is another (src/token/verifier.ts). It does not name
 * method and path: it proves who asks, and what they may ask was decided before the service is asked at all.
 */

async function capture(t: Test) {
  const desk = await openDesk(t)
  const [seen] = await desk.deliver([{ name: 'plain', fields: '' }])
  const [assertion] = valuesOf(seen!.request!, 'x-qlp-assertion')
  return { ...desk, assertion: assertion! }
}

/** As a service checks it, with what the admin port of this sidecar publishes. */
async function check(sidecar: Sidecar, assertion: string, aheadMs = 0, audience = 'notes') {
  const { json } = await call(sidecar.proxy.addresses.admin, '/.well-known/jwks.json')
  const keys = createLocalJWKSet(json as unknown as { keys: JWK[] })
  const currentDate = new Date(Date.now() + aheadMs)
  const options = { audience, issuer: 'postern:notes', typ: 'postern-assertion+jwt', algorithms: ['ES256'] }
  return jwtVerify(assertion, keys, { ...options, currentDate })
}

t.test('an assertion is good for its service, tenant and user, and for a minute', async t => {
  const { sidecar, assertion } = await capture(t)
  const { payload } = await check(sidecar, assertion)
  t.match(payload, { sub: userIdOf('acme', 'member'), tenant_id: tenants.acme.id, roles: ['member'] })
  t.ok(payload.exp! - payload.iat! <= 60)
  await t.rejects(check(sidecar, assertion, 61_000), { code: 'ERR_JWT_EXPIRED' })
  await t.rejects(check(sidecar, assertion, 0, 'billing'), { code: 'ERR_JWT_CLAIM_VALIDATION_FAILED' })
})

t.test('it is worth nothing beside another sidecar', async t => {
  const { assertion } = await capture(t)
  const other = await openDesk(t)
  await t.rejects(check(other.sidecar, assertion), { code: 'ERR_JWKS_NO_MATCHING_KEY' })
})

t.test('a client that has captured one cannot send it, on whatever path or by whatever method', async t => {
  const { sidecar, assertion, recorder } = await capture(t)
  const before = recorder.requests().length
  const globex = sidecar.token('globex', 'guest')
  for (const name of ['X-QLP-Assertion', 'x_qlp_assertion', 'X.QLP.Assertion', 'X-QLP--Assertion'])
    for (const line of ['GET /whoami', 'GET /health'])
      await exchange(
        sidecar.port,
        `${line} HTTP/1.1\r\nHost: a\r\n${name}: ${assertion}\r\nAuthorization: Bearer ${globex}\r\nConnection: close\r\n\r\n`,
      )
  const later = recorder.requests().slice(before)
  t.equal(later.length, 8)
  t.notMatch(JSON.stringify(later), assertion)
  for (const request of later)
    t.equal(valuesOf(request, 'x-qlp-assertion').length, request.target === '/whoami' ? 1 : 0)
})

t.test('it is no token, nor is a token one', async t => {
  const { sidecar, assertion } = await capture(t)
  const answer = await exchange(
    sidecar.port,
    `GET /whoami HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${assertion}\r\nConnection: close\r\n\r\n`,
  )
  t.match(answer, /^HTTP\/1\.1 401 /)
  await t.rejects(check(sidecar, sidecar.token('acme', 'owner')))
})

t.test('what one user proved is told of no other, who asks at the same moment', async t => {
  const { sidecar, recorder, deliver } = await openDesk(t)
  const others = Array.from({ length: 40 }, (_, index) => {
    const token = sidecar.token(index % 2 === 0 ? 'globex' : 'acme', index % 3 === 0 ? 'owner' : 'guest')
    const line = `GET /whoami HTTP/1.1\r\nHost: a\r\nX-Other: 1\r\nAuthorization: Bearer ${token}\r\n`
    return exchange(sidecar.port, `${line}Connection: close\r\n\r\n`)
  })
  const mine = await deliver(Array.from({ length: 40 }, () => ({ name: 'mine', fields: '' })))
  await Promise.all(others)
  for (const { request } of mine) t.same(identityFaults(request!), [])
  for (const request of recorder.requests()) {
    const [assertion] = valuesOf(request, 'x-qlp-assertion')
    const { payload } = await check(sidecar, assertion!)
    t.same(valuesOf(request, 'x-qlp-tenant-id'), [payload.tenant_id])
    t.same(valuesOf(request, 'x-qlp-user-id'), [payload.sub])
  }
})
