import { createServer } from 'node:net'
import { devNull } from 'node:os'
import t from 'tap'
import { startProxy } from '../../src/proxy/wire.ts'
import { call } from '../support/caller.ts'
import { configText, proxyConfig } from '../support/config-text.ts'
import { startWhole } from '../support/whole.ts'

const logTo = devNull
const loopback = (port: number) => `{ host: 127.0.0.1, port: ${port} }`

function configListeningOn(traffic: number) {
  return proxyConfig(
    configText({
      listen: `listen:\n  traffic: ${loopback(traffic)}\n  metrics: ${loopback(0)}\n  admin: ${loopback(0)}`,
      control: 'control:\n  url: http://127.0.0.1:1\n  tokenFile: token',
      issuers:
        'issuers:\n  - issuer: http://127.0.0.1:1/\n    jwksUri: http://127.0.0.1:1/keys\n    audiences: [postern]',
      drain: 'drain: { delayMs: 0, timeoutMs: 1000 }',
    }),
  )
}

t.test('a port that is taken makes the start fail with its address', async t => {
  const taken = createServer()
  await new Promise<void>(resolve => taken.listen(0, '127.0.0.1', resolve))
  t.teardown(() => taken.close())
  const { port } = taken.address() as { port: number }
  await t.rejects(startProxy(configListeningOn(port), { logTo }), { code: 'EADDRINUSE', port })
})

t.test('without keys a token is answered 503, never 401 or 200, and the sidecar stays ready', async t => {
  const proxy = await startProxy(configListeningOn(0), { logTo })
  t.teardown(proxy.close)
  const token = 'eyJhbGciOiJSUzI1NiIsImtpZCI6ImsifQ.eyJpc3MiOiJodHRwOi8vMTI3LjAuMC4xOjEvIn0.AAAA'
  const answer = await call(proxy.addresses.traffic, '/notes', { token })
  t.match(answer, { status: 503, json: { code: 'KEYS_UNAVAILABLE' } })
  t.ok(Number(answer.headers['retry-after']) >= 1)
  t.equal((await call(proxy.addresses.metrics, '/readyz')).status, 200)
})

t.test('a whole sidecar answers on three ports, and shows none of its secrets', async t => {
  const whole = await startWhole(t)
  const token = await whole.token('acme', 'member')
  t.match(await whole.call('/whoami', { token }), { status: 200, json: { 'x-qlp-roles': 'member' } })
  t.match(await call(whole.proxy.addresses.admin, '/.well-known/jwks.json'), {
    json: { keys: [{ kty: 'EC' }] },
  })
  const shown = await call(whole.proxy.addresses.admin, '/config')
  t.match(shown, { status: 200, json: { service: { name: 'demo' }, control: { token: '(secret)' } } })
  t.notMatch(shown.text, whole.config.control.token)
  t.notMatch(whole.log(), token)
})
