import type { ServerResponse } from 'node:http'
import type { Test } from 'tap'
import t from 'tap'
import type { AccessDocument } from '../../src/access/document.ts'
import { accessDocument } from '../support/access.ts'
import { call } from '../support/caller.ts'
import { closedPort } from '../support/raw-peer.ts'
import { startRecorder } from '../support/recorder.ts'
import type { Sidecar, SidecarUser } from '../support/sidecar.ts'
import { claimsOf, startSidecar, tenants } from '../support/sidecar.ts'
import { keySetOf, makeKey, signToken } from '../support/tokens.ts'

/**
 * Threat 81: what decides cannot be asked, and the request is let through.
 * Advisories: CVE-2026-27586, CVE-2026-54762
 * Defence: what cannot be known is thrown, and nothing that was thrown leads to the service (src/proxy/pipeline.ts); only
 * an operator who chose shadow or off has it otherwise (src/proxy/governed.ts). Here every dependency fails for callers
 * that nobody remembers, on each kind of route; test/faults does the same to a real Redis and Postgres, and to what is
 * remembered.
 */

type Broken = {
  /** For the control plane’s next answers. */
  load?: () => Promise<AccessDocument | null>
  /** For the identity provider’s. */
  keys?: string | ((response: ServerResponse) => void)
  readonly configure?: (config: Sidecar['config'], port: number) => Sidecar['config']
}

const never = new Promise<never>(() => {})
const foreign = { issuer: 'https://id.example/', subject: 'owner@acme', userId: 'u' }

/** Whoever is asked for a document; a key that is not known yet is asked for as well. */
const faults: Readonly<Record<string, Broken>> = {
  'the control plane fails': { load: () => Promise.reject(new Error('broken')) },
  'the control plane is silent': { load: () => never },
  'the control plane answers for somebody else': {
    load: async () => accessDocument({ principal: foreign, tenant: tenants.acme, issuedAtMs: Date.now() }),
  },
  'the control plane answers for another tenant': {
    load: async () => accessDocument({ tenant: tenants.globex, issuedAtMs: Date.now() }),
  },
  'the control plane answers with what is long over': {
    load: async () => accessDocument({ tenant: tenants.acme, issuedAtMs: 0 }),
  },
  'the identity provider is gone': { keys: response => response.socket!.destroy() },
  'the identity provider is silent': { keys: () => {} },
  'the identity provider fails': { keys: response => response.writeHead(500).end('{}') },
  'the identity provider answers with a page': { keys: '<html>' },
  'the identity provider has no keys': { keys: '{"keys":[]}' },
  'the identity provider has other keys': { keys: keySetOf(makeKey('other')) },
  'the identity provider sends elsewhere': {
    keys: response => response.writeHead(302, { Location: '/keys-elsewhere' }).end(),
  },
}

const newcomer = makeKey('new')

async function start(t: Test) {
  const recorder = await startRecorder(t)
  let broken: Broken = {}
  const sidecar = await startSidecar(t, {
    origin: recorder.origin,
    control: honest => ({ load: asked => broken.load?.() ?? honest.load(asked) }),
    configure: config => ({
      ...config,
      control: { ...config.control, timeoutMs: 300, failuresToOpen: 1000 },
      keys: { ...config.keys, cooldownMs: 0, missMs: 0, timeoutMs: 300 },
    }),
  })
  const set = (next: Broken) => {
    broken = next
    const { keys } = next
    if (keys === undefined) return
    sidecar.keyServer.respond(typeof keys === 'string' ? keys : (_, response) => keys(response))
  }
  return { recorder, sidecar, set }
}

/** Of each kind: a tenant’s, a workspace’s, an upgrade, one that names its tenant. */
const routes = ['/notes', '/workspaces/lab/notes', '/socket', '/tenants/acme/notes']

async function ask(sidecar: Sidecar, path: string, token: string | null) {
  const upgrade: [string, string][] = [
    ['Connection', 'Upgrade'],
    ['Upgrade', 'websocket'],
    ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
    ['Sec-WebSocket-Version', '13'],
  ]
  const headers = path === '/socket' ? upgrade : []
  const credentials = token === null ? {} : { token }
  const answer = await call(sidecar.proxy.addresses.traffic, path, { headers, ...credentials })
  return `${answer.status} ${answer.json.code}`
}

t.test('whatever fails, nobody gets further than they would with everything in order', async t => {
  for (const [what, broken] of Object.entries(faults)) {
    const { recorder, sidecar, set } = await start(t)
    set(broken)
    const token = (user: SidecarUser, key = newcomer) =>
      signToken(key, claimsOf(sidecar.issuer, 'acme', user))
    const known = (user: SidecarUser) => token(user, sidecar.key)
    const answers = await Promise.all(
      routes.flatMap(path => [
        // Who would be let in: where the control plane fails with a key that is known, else with a new one.
        ask(sidecar, path, broken.load === undefined ? token('owner') : known('owner')),
        ask(sidecar, path, broken.load === undefined ? token('member') : known('member')),
        ask(sidecar, path, token('owner', makeKey('k1'))),
        ask(sidecar, path, token('owner', makeKey('unheard'))),
        ask(sidecar, path, null),
      ]),
    )
    t.same(
      answers.filter(answer => !/^(401 TOKEN_|503 (DIRECTORY|KEYS)_UNAVAILABLE)/.test(answer)),
      [],
      what,
    )
    if (broken.load !== undefined)
      t.equal(answers[0], '503 DIRECTORY_UNAVAILABLE', `${what}: an outage is no refusal`)
    t.equal(recorder.connections.length, 0, `${what}: the service heard of nobody`)
    const open = await call(sidecar.proxy.addresses.traffic, '/health')
    t.equal(open.status, 200, 'what is public needs none of them')
  }
})

t.test('with the service gone nobody is let in elsewhere', async t => {
  const recorder = await startRecorder(t)
  const port = await closedPort()
  const sidecar = await startSidecar(t, {
    origin: recorder.origin,
    configure: config => ({ ...config, upstream: { ...config.upstream, url: `http://127.0.0.1:${port}` } }),
  })
  for (const path of [...routes, '/health'])
    t.equal(await ask(sidecar, path, sidecar.token('acme', 'owner')), '503 UPSTREAM_UNREACHABLE')
  t.equal(recorder.connections.length, 0)
})

t.test('with Redis gone, or something else in its place, limits hold and access is what it was', async t => {
  const recorder = await startRecorder(t)
  const garbage = await startRecorder(t, { answer: () => 'HTTP/1.1 400 Bad Request\r\n\r\n' })
  for (const port of [await closedPort(), garbage.port]) {
    const sidecar = await startSidecar(t, {
      origin: recorder.origin,
      sections: { redis: `redis: { url: 'redis://127.0.0.1:${port}' }` },
      limits: [{ name: 'minute', windowMs: 60_000, max: 8 }],
    })
    t.equal(await ask(sidecar, '/notes', sidecar.token('acme', 'guest')), '403 PERMISSION_MISSING')
    t.equal(await ask(sidecar, '/tenants/globex/notes', sidecar.token('acme', 'owner')), '403 CROSS_TENANT')
    const statuses = []
    for (let count = 0; count < 5; count += 1)
      statuses.push((await ask(sidecar, '/notes', sidecar.token('acme', 'owner'))).slice(0, 3))
    t.same(statuses, ['200', '200', '429', '429', '429'], 'a quarter of the limit')
  }
})
