import t from 'tap'
import { exchange, openDesk } from '../hostile/headers/deliver.ts'
import { call } from '../support/caller.ts'

/**
 * Threat 95: what is for operators, or for the pod alone, is reached from outside.
 * Advisories: CVE-2024-40632, CVE-2025-24030
 * Defence: health and metrics have a port of their own, and so have keys and configuration, which stays on loopback and
 * answers to loopback names alone (src/proxy/metrics-server.ts, src/proxy/admin-server.ts); the traffic port knows the
 * routes of the configuration and nothing else (src/proxy/stages/02-route.ts). No port can stop the process.
 */

const inside = ['/livez', '/readyz', '/metrics', '/config', '/.well-known/jwks.json']
const elsewhere = [
  '/healthz',
  '/ready',
  '/shutdown',
  '/quitquitquit',
  '/drain',
  '/debug/pprof/',
  '/server_info',
  '/stats',
  '/config_dump',
  '/admin',
  '/env',
  '/actuator/env',
  '/openapi.json',
  '/.env',
]

const spellings: readonly ((path: string) => string)[] = [
  path => path,
  path => `${path}/`,
  path => `/${path}`,
  path => path.toUpperCase(),
  path => `${path}?a=b`,
  path => `${path}%20`,
  path => `${path}%00`,
  path => `${path};a`,
  path => `${path}#`,
  path => `/.${path}`,
  path => `/health/..${path}`,
  path => `/health/%2e%2e${path}`,
  path => `/health%2f..${path}`,
  path => path.replace('/', '/%2f'),
  path => path.replace('/', '\\'),
  path => `/%${path.charCodeAt(1).toString(16)}${path.slice(2)}`,
  path => `http://127.0.0.1:9901${path}`,
  path => `//127.0.0.1${path}`,
]

t.test('nothing of the side ports is on the traffic port, in any spelling', async t => {
  const { sidecar, recorder } = await openDesk(t)
  const token = `Authorization: Bearer ${sidecar.token('acme', 'owner')}\r\n`
  const paths = [...inside, ...elsewhere].flatMap(path => spellings.map(spell => spell(path)))
  const ports = [sidecar.proxy.addresses.metrics, sidecar.proxy.addresses.admin].map(
    each => new URL(each).host,
  )
  let next = 0
  const work = async () => {
    for (let path = paths[next]; path !== undefined; path = paths[next]) {
      next += 1
      for (const host of ['a', 'localhost', ...ports]) {
        const answer = await exchange(
          sidecar.port,
          `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${token}Connection: close\r\n\r\n`,
        )
        t.match(
          answer,
          /^HTTP\/1\.1 40[04] .*"code":"(ROUTE_UNKNOWN|TARGET_MALFORMED|REQUEST_MALFORMED)"/s,
          path,
        )
      }
    }
  }
  await Promise.all(Array.from({ length: 8 }, work))
  t.same(recorder.requests(), [])
})

t.test('the ports of operators answer what they know, to GET, and nothing stops the process', async t => {
  const { sidecar, deliver } = await openDesk(t)
  const { metrics, admin } = sidecar.proxy.addresses
  const known = new Map([
    [metrics, inside.slice(0, 3)],
    [admin, inside.slice(3)],
  ])
  for (const [origin, paths] of known) {
    for (const path of [...inside, ...elsewhere]) {
      const { status } = await call(origin, path)
      t.equal(status, paths.includes(path) ? 200 : 404, `${origin}${path}`)
      for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
        const answer = await call(origin, path, { method })
        t.ok(answer.status === 405 || answer.status === 404, `${method} ${path} ${answer.status}`)
      }
    }
  }
  const [seen] = await deliver([{ name: 'after', fields: '' }])
  t.ok(seen!.request, 'it goes on')
})

t.test('the admin port is on loopback, and answers to no other name and to no page', async t => {
  const { sidecar } = await openDesk(t)
  const { admin } = sidecar.proxy.addresses
  t.match(new URL(admin).hostname, /^(127\.0\.0\.1|\[::1\])$/)
  const port = Number(new URL(admin).port)
  const ask = (fields: string) => exchange(port, `GET /config HTTP/1.1\r\n${fields}Connection: close\r\n\r\n`)
  for (const host of [
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '10.0.0.1',
    '127.0.0.1@evil',
    '',
  ])
    t.match(await ask(`Host: ${host}\r\n`), /^HTTP\/1\.1 4\d\d /, host)
  for (const field of ['Origin: https://evil.example', 'Origin: null', 'Sec-Fetch-Site: cross-site'])
    t.match(await ask(`Host: localhost\r\n${field}\r\n`), /^HTTP\/1\.1 403 /, field)
  t.match(await ask('Host: localhost\r\n'), /^HTTP\/1\.1 200 /)
})

t.test('what they tell holds no secret', async t => {
  const { sidecar } = await openDesk(t)
  const { admin } = sidecar.proxy.addresses
  t.notMatch((await call(admin, '/.well-known/jwks.json')).text, /"(d|p|q|k)":/)
  t.notMatch((await call(admin, '/config')).text, /a-token-for-tests|a-password-for-tests/)
})
