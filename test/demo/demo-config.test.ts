import t from 'tap'
import { demoConfig } from '../../src/demo/demo-config.ts'

const tokenFile = `${t.testdir({ token: 'a-token-for-tests' })}/token`
const variables = {
  POSTERN_DEMO_UPSTREAM: 'http://127.0.0.1:8092',
  POSTERN_DEMO_CONTROL: 'http://127.0.0.1:8090',
  POSTERN_DEMO_CONTROL_TOKEN_FILE: tokenFile,
  POSTERN_DEMO_ISSUER: 'http://127.0.0.1:8091/v2.0/',
  POSTERN_DEMO_JWKS: 'http://127.0.0.1:8091/keys',
}

t.test('the demo has the routes that its guide speaks of', async t => {
  t.same(
    demoConfig.proxy(variables).routes.map(({ match }) => match),
    [
      'GET /health',
      'GET /whoami',
      'GET /tenants/{tenant_id}/notes',
      'GET /workspaces/{workspace_id}/notes',
      'POST /notes',
      'GET /events',
      'GET /socket',
      'POST /echo',
    ],
  )
})

t.test('no Redis is an empty address, and every port stays on loopback', async t => {
  const { redis, listen } = demoConfig.proxy({ ...variables, POSTERN_DEMO_REDIS: '' })
  t.equal(redis, null)
  t.same(
    [listen.traffic, listen.metrics, listen.admin].map(({ host }) => host),
    ['127.0.0.1', '127.0.0.1', '127.0.0.1'],
  )
})

t.test('the control plane reads the password of the database from its file', async t => {
  const { postgres, services } = demoConfig.control({
    POSTERN_DEMO_DATABASE: 'postgres://postern_runtime@127.0.0.1:5432/demo',
    POSTERN_DEMO_DATABASE_PASSWORD_FILE: tokenFile,
    POSTERN_DEMO_CLUSTER_ISSUER: 'http://127.0.0.1:8091/kubernetes',
    POSTERN_DEMO_CLUSTER_JWKS: 'http://127.0.0.1:8091/kubernetes/jwks',
    POSTERN_DEMO_CLUSTER_AUDIENCE: 'postern-control',
  })
  t.equal(postgres.password, 'a-token-for-tests')
  t.same(services.subjects, ['system:serviceaccount:demo:notes'])
})

t.test('a variable that is missing is named with the line that needs it', async t => {
  t.throws(() => demoConfig.proxy({}), /demo\.yaml:\d+.*POSTERN_DEMO_UPSTREAM/)
})
