import { readFileSync } from 'node:fs'
import t from 'tap'
import type { Config } from '../../src/config/config.ts'
import { loadConfig } from '../../src/config/load.ts'
import { formatMistake } from '../../src/config/mistake.ts'
import { routeRules } from '../../src/config/routes.ts'

function loadFile(path: string, env: Readonly<Record<string, string>> = {}): Config {
  const text = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
  const loaded = loadConfig(text, path, env, () => 'a secret')
  if ('mistakes' in loaded) throw new Error(loaded.mistakes.map(formatMistake).join('\n'))
  return loaded.config
}

t.test('the examples of a sidecar and of a control plane load as they are', async t => {
  t.equal(loadFile('config/examples/proxy.yaml').kind, 'proxy')
  t.equal(loadFile('config/examples/control.yaml').kind, 'control')
})

t.test('the demo has the routes it promises, once its variables are set', async t => {
  const config = loadFile('config/demo.yaml', {
    POSTERN_DEMO_UPSTREAM: 'http://127.0.0.1:9000',
    POSTERN_DEMO_CONTROL: 'http://127.0.0.1:9001',
    POSTERN_DEMO_CONTROL_TOKEN_FILE: '/tmp/token',
    POSTERN_DEMO_ISSUER: 'http://127.0.0.1:9002/directory/v2.0/',
    POSTERN_DEMO_JWKS: 'http://127.0.0.1:9002/keys',
    POSTERN_DEMO_TRAFFIC_PORT: '0',
    POSTERN_DEMO_METRICS_PORT: '0',
    POSTERN_DEMO_ADMIN_PORT: '0',
  })
  if (config.kind !== 'proxy') throw new Error('it is of another kind')
  t.equal(config.listen.traffic.port, 0)
  t.equal(config.redis, null)
  t.same(
    routeRules(config).map(
      rule => `${rule.method} ${rule.template} ${rule.permission} ${rule.scope} ${rule.isolation.by}`,
    ),
    [
      'GET /health null none public',
      'GET /whoami self:read tenant assertion',
      'GET /tenants/{tenant_id}/notes notes:read tenant assertion',
      'GET /workspaces/{workspace_id}/notes notes:read workspace assertion',
      'POST /notes notes:write tenant assertion',
      'GET /events events:read tenant assertion',
      'GET /socket socket:open tenant assertion',
      'POST /echo echo:write tenant assertion',
    ],
  )
})
