import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import type { Test } from 'tap'
import t from 'tap'
import type { Issuer } from '../../src/token/issuer.ts'
import { createKeySetFetch } from '../../src/token/key-set-fetch.ts'
import { keySetOf, makeIssuer, makeKey, startKeySetServer } from '../support/tokens.ts'

const body = keySetOf(makeKey('k'))
const options = { bodyBytesMax: 1_000_000, timeoutMs: 5000 }

async function setUp(t: Test, more: (origin: string) => Partial<Issuer>) {
  const server = await startKeySetServer(body)
  const keySet = createKeySetFetch(makeIssuer(more(server.origin)), options)
  t.teardown(async () => {
    await keySet.close()
    await server.close()
  })
  const abort = new AbortController()
  return { server, abort, fetch: () => keySet.fetch(abort.signal) }
}

const direct = (origin: string) => ({ jwksUri: `${origin}/keys` })
const discovered = (origin: string) => ({ jwksUri: null, discoveryUri: `${origin}/discovery` })

t.test('the key set is read from its address', async t => {
  const { server, fetch } = await setUp(t, direct)
  t.equal(await fetch(), body)
  t.same(server.asked, ['/keys'])
})

t.test('a redirect is not followed', async t => {
  const { server, fetch } = await setUp(t, direct)
  server.respond((_, response) => response.writeHead(302, { location: '/elsewhere' }).end(body))
  await t.rejects(fetch(), { message: 'the provider answered 302' })
  t.same(server.asked, ['/keys'])
})

for (const status of [204, 404, 500, 503]) {
  t.test(`status ${status} is a failure, whatever the body says`, async t => {
    const { server, fetch } = await setUp(t, direct)
    server.respond((_, response) => response.writeHead(status).end(status === 204 ? undefined : body))
    await t.rejects(fetch(), { message: `the provider answered ${status}` })
  })
}

t.test('a compressed answer is refused unread', async t => {
  const { server, fetch } = await setUp(t, direct)
  server.respond((request, response) => {
    t.equal(request.headers['accept-encoding'], 'identity')
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(body))
  })
  await t.rejects(fetch(), { message: 'the answer is compressed' })
})

t.test('a body past the bound is not read to its end', async t => {
  const { server, fetch } = await setUp(t, direct)
  const cut: Promise<unknown>[] = []
  server.respond((_, response) => {
    cut.push(once(response, 'close'))
    flood(response)
  })
  await t.rejects(fetch())
  await Promise.all(cut)
})

/** Writes for ever, without ever saying how much will come. */
function flood(response: ServerResponse): void {
  while (!response.destroyed && response.write(' '.repeat(65_536))) {}
  if (!response.destroyed) response.once('drain', () => flood(response))
}

t.test('a body that is not UTF-8 is refused', async t => {
  const { server, fetch } = await setUp(t, direct)
  server.respond((_, response) => response.end(Buffer.from([0x7b, 0xff, 0x7d])))
  await t.rejects(fetch())
})

t.test('a fetch that is called off lets go of its connection', async t => {
  const { server, abort, fetch } = await setUp(t, direct)
  const begun = new Promise<ServerResponse>(resolve => {
    server.respond((_, response) => {
      response.write('{"keys":')
      resolve(response)
    })
  })
  const fetched = fetch()
  fetched.catch(() => {})
  const response = await begun
  abort.abort()
  await t.rejects(fetched)
  if (!response.destroyed) await once(response, 'close')
})

t.test('discovery leads to the key set of the issuer it names', async t => {
  const { server, fetch } = await setUp(t, discovered)
  const issuer = makeIssuer().issuer
  server.respond((request, response) => {
    const document = JSON.stringify({ issuer, jwks_uri: `${server.origin}/found` })
    response.end(request.url === '/discovery' ? document : body)
  })
  t.equal(await fetch(), body)
  t.same(server.asked, ['/discovery', '/found'])
})

const issuer = makeIssuer().issuer
const misleading: readonly (readonly [string, (origin: string) => unknown])[] = [
  ['another issuer', origin => ({ issuer: 'https://other.example/', jwks_uri: `${origin}/found` })],
  ['the issuer without its slash', origin => ({ issuer: issuer.slice(0, -1), jwks_uri: `${origin}/found` })],
  ['no issuer', origin => ({ jwks_uri: `${origin}/found` })],
  ['a list with the issuer', origin => ({ issuer: [issuer], jwks_uri: `${origin}/found` })],
  ['a key set at another origin', () => ({ issuer, jwks_uri: 'http://169.254.169.254/keys' })],
  ['a key set at another port', origin => ({ issuer, jwks_uri: `${origin.slice(0, -1)}/found` })],
  ['a key set in a file', () => ({ issuer, jwks_uri: 'file:///etc/passwd' })],
  ['a key set nowhere', () => ({ issuer })],
  ['a relative address', () => ({ issuer, jwks_uri: '/found' })],
  ['nothing', () => null],
]
for (const [name, document] of misleading) {
  t.test(`a discovery document that names ${name} is refused`, async t => {
    const { server, fetch } = await setUp(t, discovered)
    server.respond(JSON.stringify(document(server.origin)))
    await t.rejects(fetch())
    t.same(server.asked, ['/discovery'])
  })
}

t.test('a discovery document that redirects is refused', async t => {
  const { server, fetch } = await setUp(t, discovered)
  server.respond((_, response) => response.writeHead(307, { location: '/other' }).end())
  await t.rejects(fetch())
  t.same(server.asked, ['/discovery'])
})

t.test('a provider that is not there is a failure', async t => {
  const { server, fetch } = await setUp(t, direct)
  await server.close()
  await t.rejects(fetch())
})
