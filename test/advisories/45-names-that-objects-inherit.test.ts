import t from 'tap'
import { exchange, openDesk } from '../hostile/headers/deliver.ts'
import { identityFaults } from '../hostile/headers/identity.ts'
import { claimsOf, sidecarRoutes } from '../support/sidecar.ts'
import { valuesOf } from '../support/strict-http.ts'
import { signToken } from '../support/tokens.ts'

/**
 * Threat 45: `__proto__`, `constructor` and their like as the name of a field, a claim, a tenant or a key.
 * Advisories: CVE-2026-21710
 * Defence: what an outsider names is a key of a Map, never of an object: fields stay flat lists (src/lib/header-list.ts),
 * members of JSON are read only where they are a token's own (src/token/json-object.ts).
 */

const names = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
  'isPrototypeOf',
  '__defineGetter__',
  'then',
  'toJSON',
  'length',
]

const routes = `${sidecarRoutes}
  - match: GET /search
    permission: notes:read
    isolation: assertion
    selectors: { tenant: ["query:tenant"] }`

t.test('as a field, a cookie or a parameter they go through and change nothing', async t => {
  const desk = await openDesk(t)
  const cases = names.flatMap(name => [
    { name, fields: `${name}: 1\r\n${name}: 2\r\n` },
    { name, fields: `Connection: ${name}\r\n${name}: 1\r\n` },
    { name, fields: `Cookie: ${name}=1\r\nX-Request-ID: ${name}\r\n` },
  ])
  for (const { tried, request, answer } of await desk.deliver(cases)) {
    t.match(answer, /^HTTP\/1\.1 200 /, tried.name)
    t.same(identityFaults(request!), [], tried.name)
    const named = tried.fields.startsWith(tried.name) ? ['1', '2'] : []
    t.same(valuesOf(request!, tried.name), named, tried.name)
  }
})

t.test('as a claim, a member, a tenant, a subject, a key or a session they are nothing special', async t => {
  const { sidecar, recorder } = await openDesk(t, { routes })
  const { key, issuer } = sidecar
  const get = (target: string, token: string, fields = '') =>
    exchange(
      sidecar.port,
      `GET ${target} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\n${fields}Connection: close\r\n\r\n`,
    )
  const honest = JSON.stringify(claimsOf(issuer, 'acme', 'member'))
  const without = JSON.stringify(claimsOf(issuer, 'acme', 'member', { tenant: undefined, sub: undefined }))
  for (const name of names) {
    for (const value of ['1', 'null', '{"tenant":"globex","sub":"owner@globex"}', '[]']) {
      const answer = await get('/whoami', signToken(key, `{"${name}":${value},${honest.slice(1)}`))
      t.match(answer, /^HTTP\/1\.1 200 /, name)
      const inherited = await get('/whoami', signToken(key, `{"${name}":${value},${without.slice(1)}`))
      t.match(inherited, /^HTTP\/1\.1 401 .*"code":"TOKEN_CLAIMS_INVALID"/s, name)
    }
    const bare = sidecar.token('acme', 'member', { tenant: undefined })
    const refused = [
      get('/whoami', sidecar.token('acme', 'member', { tenant: name })),
      get('/whoami', sidecar.token('acme', 'member', { sub: name })),
      get('/whoami', signToken(key, honest, { kid: name })),
      get('/whoami', signToken(key, honest, { alg: name })),
      get('/whoami', sidecar.token('acme', 'member', { iss: name })),
      get('/whoami', sidecar.token('acme', 'member', { aud: name })),
      get('/whoami', bare, `X-Tenant-ID: ${name}\r\n`),
      get(`/tenants/${name}/notes`, bare),
      get(`/search?tenant=${name}`, bare),
      get(`/workspaces/${name}/notes`, sidecar.token('acme', 'member')),
    ]
    for (const [index, answer] of (await Promise.all(refused)).entries())
      t.match(answer, /^HTTP\/1\.1 40[13] /, `${name} ${index}`)
    t.match(await get('/whoami', sidecar.token('acme', 'member', { sid: name })), /^HTTP\/1\.1 200 /, name)
  }
  for (const request of recorder.requests()) t.same(identityFaults(request), [])
})

t.test('a claim that the configuration calls by such a name counts only where a token has it', async t => {
  for (const tenant of ['__proto__', 'constructor', 'toString']) {
    const { sidecar } = await openDesk(t, {
      configure: config => ({
        ...config,
        issuers: config.issuers.map(each => ({ ...each, claims: { ...each.claims, tenant } })),
      }),
    })
    const bare = claimsOf(sidecar.issuer, 'acme', 'member', { tenant: undefined })
    const head = `GET /whoami HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Tenant-ID: acme\r\n`
    const ask = (token: string) => exchange(sidecar.port, `${head}Authorization: Bearer ${token}\r\n\r\n`)
    t.match(await ask(signToken(sidecar.key, bare)), /^HTTP\/1\.1 200 /, tenant)
    const own = `{"${tenant}":"globex",${JSON.stringify(bare).slice(1)}`
    t.match(await ask(signToken(sidecar.key, own)), /^HTTP\/1\.1 403 /, tenant)
  }
})

t.test('nothing in this process has inherited anything since', async t => {
  t.same(Object.keys(Object.prototype), [])
  t.equal(({} as Record<string, unknown>).tenant, undefined)
})
