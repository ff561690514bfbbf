/**
 * Threat 72: what was decided for one route, method or tenant is remembered and used for another.
 * Advisories: CVE-2021-32701, CVE-2026-33496
 * Defence: what is remembered is that a signature was good, and what a principal may do in a tenant; no
 * decision is. Route, permission and every selector are asked again for each request
 * (src/proxy/stages/02-route.ts to 05-authorize.ts).
 */
import t from 'tap'
import { call } from '../support/caller.ts'
import { startRecorder } from '../support/recorder.ts'
import { startSidecar } from '../support/sidecar.ts'

t.test('a token that is warm on one route is denied on the next like a cold one', async t => {
  const recorder = await startRecorder(t)
  const sidecar = await startSidecar(t, { origin: recorder.origin })
  const { traffic } = sidecar.proxy.addresses
  const token = sidecar.token('acme', 'member')
  const asked = [
    ['GET', '/notes', 200, undefined],
    ['POST', '/members', 403, 'PERMISSION_MISSING'],
    ['POST', '/billing', 403, 'PERMISSION_MISSING'],
    ['GET', '/tenants/acme/notes', 200, undefined],
    ['GET', '/tenants/globex/notes', 403, 'CROSS_TENANT'],
    ['GET', '/workspaces/lab/notes', 200, undefined],
    ['GET', '/workspaces/annex/notes', 403, 'WORKSPACE_FORBIDDEN'],
    ['PATCH', '/members', 405, 'METHOD_UNKNOWN'],
    ['GET', '/nowhere', 404, 'ROUTE_UNKNOWN'],
  ] as const
  for (const round of ['cold', 'warm', 'warm again']) {
    for (const [method, path, status, code] of asked) {
      const answer = await call(traffic, path, { method, token })
      t.match([answer.status, answer.json.code], [status, code], `${method} ${path}, ${round}`)
    }
  }
  const through = new Set(recorder.requests().map(({ method, target }) => `${method} ${target}`))
  t.same(
    [...through],
    asked.filter(([, , status]) => status === 200).map(([method, path]) => `${method} ${path}`),
  )
})

t.test('what one user warmed is not there for another of the same tenant, nor of another', async t => {
  const recorder = await startRecorder(t)
  const sidecar = await startSidecar(t, { origin: recorder.origin })
  const { traffic } = sidecar.proxy.addresses
  const bill = (token: string) => call(traffic, '/billing', { method: 'POST', token })
  for (const round of ['cold', 'warm']) {
    t.equal((await bill(sidecar.token('acme', 'owner'))).status, 200, round)
    t.equal((await bill(sidecar.token('acme', 'member'))).status, 403, round)
    t.equal((await bill(sidecar.token('globex', 'owner'))).status, 200, round)
    t.equal((await bill(sidecar.token('globex', 'guest'))).status, 403, round)
  }
})

t.test('a header that names another tenant is asked about each time', async t => {
  const recorder = await startRecorder(t)
  const sidecar = await startSidecar(t, { origin: recorder.origin })
  const { traffic } = sidecar.proxy.addresses
  const token = sidecar.token('acme', 'member')
  const name = async (tenant: string) => {
    const { status } = await call(traffic, '/notes', { token, headers: [['X-Tenant-ID', tenant]] })
    return status
  }
  t.same(
    [await name('acme'), await name('globex'), await name('acme'), await name('globex')],
    [200, 403, 200, 403],
  )
})
