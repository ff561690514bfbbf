import t from 'tap'
import { call } from '../support/caller.ts'
import { startRecorder } from '../support/recorder.ts'
import { startSidecar, tenants } from '../support/sidecar.ts'
import { valuesOf } from '../support/strict-http.ts'

/**
 * Threat 78: the path names another tenant than the token, and the path is believed.
 * Advisories: none
 * Defence: every place of a request that names a tenant must mean the one of which the caller has an access document
 * (src/proxy/stages/05-authorize.ts); where the token names none, what the path names is only asked for
 * (src/proxy/stages/04-identify-tenant.ts).
 */

const { acme, globex } = tenants

/** Everything that could be taken for globex, or for more than one tenant. */
const elsewhere = [
  globex.id,
  globex.id.toUpperCase(),
  globex.slug,
  'GLOBEX',
  'glob%65x',
  '%67lobex',
  'globex%20',
  '%20globex',
  'globex,acme',
  'acme,globex',
  'acme%2Cglobex',
  'acme;globex',
  'acme%00globex',
  'acme%2Fglobex',
  'acme%0Aglobex',
  'acme.',
  'ACME',
  'acme%20',
  '*',
  '%2A',
  'null',
  'undefined',
  '__proto__',
  'constructor',
  '0',
  'nobody',
  globex.id.slice(0, -1),
  `${acme.id}${globex.id}`,
]

t.test('a path that names another tenant is refused, in every spelling and with any token', async t => {
  const recorder = await startRecorder(t)
  const sidecar = await startSidecar(t, { origin: recorder.origin })
  const { traffic } = sidecar.proxy.addresses
  const tokens = [
    sidecar.token('acme', 'owner'),
    sidecar.token('acme', 'owner', { tenant: acme.id }),
    sidecar.token('acme', 'owner', { tenant: undefined }),
  ]
  for (const token of tokens) {
    for (const name of elsewhere) {
      const answer = await call(traffic, `/tenants/${name}/notes`, { token })
      t.match(answer.json.code, /^(CROSS_TENANT|TARGET_MALFORMED)$/, name)
    }
  }
  t.equal(recorder.requests().length, 0, 'nothing of it reached the service')
  for (const token of tokens) {
    for (const name of [acme.id, acme.id.toUpperCase(), acme.slug, '%61cme'])
      t.equal((await call(traffic, `/tenants/${name}/notes`, { token })).status, 200, name)
  }
  for (const request of recorder.requests()) t.same(valuesOf(request, 'x-qlp-tenant-id'), [acme.id])
})

t.test('a header or a workspace of elsewhere is refused as well', async t => {
  const recorder = await startRecorder(t)
  const sidecar = await startSidecar(t, { origin: recorder.origin })
  const { traffic } = sidecar.proxy.addresses
  const token = sidecar.token('acme', 'owner')
  for (const name of [globex.id, globex.slug, 'nobody']) {
    for (const path of ['/notes', '/tenants/acme/notes', '/workspaces/lab/notes'])
      t.match(await call(traffic, path, { token, headers: [['X-Tenant-ID', name]] }), {
        status: 403,
        json: { code: 'CROSS_TENANT' },
      })
  }
  for (const workspace of ['annex', 'nobody', globex.id])
    t.match(await call(traffic, `/workspaces/${workspace}/notes`, { token }), {
      status: 403,
      json: { code: 'WORKSPACE_FORBIDDEN' },
    })
  t.equal(recorder.requests().length, 0)
})
