/**
 * Threat 54: the address of a key set comes from a token, from a redirect, or leads into the network around
 * us.
 * Advisories: CVE-2026-32301, CVE-2026-41413, CVE-2026-49478
 * Defence: a key set is fetched from the address in the configuration alone, which must be https or loopback
 * (src/config/issuer-checks.ts); redirects are no answer, and a discovery document must name its issuer and
 * stay at its own origin (src/token/key-set-fetch.ts).
 */
import type { Test } from 'tap'
import t from 'tap'
import { createKeySetFetch } from '../../src/token/key-set-fetch.ts'
import { proveRefused } from '../hostile/tokens/prove.ts'
import { startTokenWorld, tokenOf, worldKeys, worldOptions } from '../support/token-world.ts'
import { keySetOf, makeIssuer, makeKey, startKeySetServer } from '../support/tokens.ts'

t.test('what a token claims leads nowhere', async t => proveRefused(t, 54))

for (const status of [301, 302, 303, 307, 308]) {
  t.test(`a key set that answers ${status} is not followed, and the one that is held stays`, async t => {
    const world = await startTokenWorld(t)
    const canary = await startCanary(t)
    for (const location of [
      `${canary.origin}/keys`,
      '//169.254.169.254/keys',
      'file:///etc/passwd',
      '/elsewhere',
    ]) {
      world.one.server.respond((_, response) => response.writeHead(status, { location }).end(keySetOf(mine)))
      t.match(await world.one.refresh(), { message: `the provider answered ${status}` })
    }
    t.same(canary.asked, [])
    t.same([...new Set(world.one.server.asked)], ['/keys'])
    t.equal(await world.verify(tokenNow(world)), 'good')
  })
}

const mine = makeKey('e1')

async function startCanary(t: Test) {
  const canary = await startKeySetServer(keySetOf(mine))
  t.teardown(() => canary.close())
  return canary
}

function tokenNow(world: Awaited<ReturnType<typeof startTokenWorld>>): string {
  const iat = world.clock.nowMs() / 1000
  return tokenOf(world, worldKeys.ec, { iat, exp: iat + 60 })
}

const issuer = makeIssuer().issuer
const misleading: { readonly [name: string]: (own: string, canary: string) => unknown } = {
  'another issuer': own => ({ issuer: 'https://other.example/', jwks_uri: `${own}/found` }),
  'the issuer without its slash': own => ({ issuer: issuer.slice(0, -1), jwks_uri: `${own}/found` }),
  'a list with the issuer': own => ({ issuer: [issuer], jwks_uri: `${own}/found` }),
  'no issuer': own => ({ jwks_uri: `${own}/found` }),
  'a key set at another origin': (_, canary) => ({ issuer, jwks_uri: `${canary}/keys` }),
  'a key set at another origin, with ours as user': (own, canary) => ({
    issuer,
    jwks_uri: canary.replace('http://', `http://${own.slice('http://'.length)}@`),
  }),
  'a key set at another host with our port': own => ({
    issuer,
    jwks_uri: own.replace('127.0.0.1', '127.0.0.2'),
  }),
  'a key set where clouds keep their credentials': () => ({
    issuer,
    jwks_uri: 'http://169.254.169.254/latest',
  }),
  'a key set in a file': () => ({ issuer, jwks_uri: 'file:///etc/passwd' }),
  'a key set in itself': () => ({ issuer, jwks_uri: 'data:application/json,{}' }),
  'a relative address': () => ({ issuer, jwks_uri: '/found' }),
  'a list of addresses': own => ({ issuer, jwks_uri: [`${own}/found`] }),
  nothing: () => null,
}
t.test('a discovery document leads nowhere but to the key set of its issuer at its own origin', async t => {
  const canary = await startCanary(t)
  const server = await startKeySetServer('')
  const discoveryUri = `${server.origin}/discovery`
  const keySet = createKeySetFetch(makeIssuer({ jwksUri: null, discoveryUri }), worldOptions)
  t.teardown(async () => {
    await keySet.close()
    await server.close()
  })
  const { signal } = new AbortController()
  for (const [name, document] of Object.entries(misleading)) {
    server.respond(JSON.stringify(document(server.origin, canary.origin)))
    await t.rejects(keySet.fetch(signal), name)
  }
  server.respond((_, response) => response.writeHead(307, { location: `${canary.origin}/discovery` }).end())
  await t.rejects(keySet.fetch(signal), { message: 'the provider answered 307' })
  t.same([...new Set(server.asked)], ['/discovery'])
  t.same(canary.asked, [])
})
