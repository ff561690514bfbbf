import t from 'tap'
import { claimNames } from '../hostile/headers/claims.ts'
import { exchange, openDesk } from '../hostile/headers/deliver.ts'
import { faultsOf } from '../hostile/headers/faults.ts'
import { valuesOf } from '../support/strict-http.ts'

/**
 * Threat 41: a magic field, or a User-Agent, lets a request in without a token.
 * Advisories: CVE-2026-34457, CVE-2025-29927, CVE-2022-24112
 * Defence: whether a route is public is said by its rule and by nothing in the request (src/proxy/stages/02-route.ts,
 * src/proxy/governed.ts); no stage reads any field but those that src/proxy/stages/01-receive.ts captures. What a
 * framework behind would obey is stripped (src/http1/believed-fields.ts).
 */

const userAgents = [
  'GoogleHC/1.0',
  'kube-probe/1.31',
  'ELB-HealthChecker/2.0',
  'Prometheus/3.0',
  'Googlebot/2.1',
  'Envoy/HC',
  'Consul Health Check',
  '',
]

const magic = [
  ...userAgents.map(agent => `User-Agent: ${agent}`),
  'X-Middleware-Subrequest: middleware:middleware:middleware:middleware:middleware',
  'X-Real-IP: 127.0.0.1',
  'X-Forwarded-For: 127.0.0.1, ::1',
  'X-Original-URL: /health',
  'X-Rewrite-URL: /health',
  'X-Original-Method: OPTIONS',
  'X-HTTP-Method-Override: OPTIONS',
  'X-API-KEY: edd1c9f034335f136f87ad84b625c8f1',
  'X-QLP-Tenant-Id: acme',
  'X-QLP-Assertion: eyJhbGciOiJub25lIn0.e30.',
  'X-Tenant-ID: acme',
  'Cookie: token=admin; session=1',
  'Referer: http://127.0.0.1/health',
  'Host: localhost',
  'Upgrade-Insecure-Requests: 1',
  'Sec-Purpose: prefetch',
  'Access-Control-Request-Method: GET',
  ...claimNames.map(name => `${name}: admin`),
]

const lines = ['GET /whoami', 'OPTIONS /notes', 'POST /billing', 'GET /notes/health', 'GET /notes?health=1']

t.test('no field lets anyone in without a token', async t => {
  const { sidecar, recorder } = await openDesk(t)
  for (const line of lines) {
    // Two to a request where a field of its own is not refused for itself.
    for (const field of line === 'GET /whoami' ? magic : magic.slice(0, 26)) {
      const host = field.startsWith('Host:') ? '' : 'Host: a\r\n'
      const answer = await exchange(sidecar.port, `${line} HTTP/1.1\r\n${host}${field}\r\n\r\n`)
      t.match(answer, /^HTTP\/1\.1 401 .*"code":"TOKEN_MISSING"/s, `${line}, ${field}`)
    }
  }
  t.same(recorder.requests(), [])
})

t.test('what a framework behind would obey does not reach it', async t => {
  const desk = await openDesk(t)
  const obeyed = magic.filter(field =>
    /^x-(middleware|original|rewrite|http|real|forwarded|qlp)/i.test(field),
  )
  const delivered = await desk.deliver(obeyed.map(field => ({ name: field, fields: `${field}\r\n` })))
  t.ok(obeyed.length > 10)
  t.same(delivered.flatMap(faultsOf), [])
  for (const { tried, request } of delivered) {
    const [name, value] = tried.name.split(': ')
    t.notOk(valuesOf(request!, name!).includes(value!), tried.name)
  }
})

t.test('nor do they let a token in that is none', async t => {
  const { sidecar, recorder } = await openDesk(t)
  for (const scheme of ['Bearer x', 'Bearer', 'Basic YWRtaW46YWRtaW4=', 'bearer null', 'Token x', '']) {
    const fields = `Authorization: ${scheme}\r\nUser-Agent: kube-probe/1.31\r\n`
    const answer = await exchange(sidecar.port, `GET /whoami HTTP/1.1\r\nHost: a\r\n${fields}\r\n`)
    t.match(answer, /^HTTP\/1\.1 401 /, scheme)
  }
  t.same(recorder.requests(), [])
})
