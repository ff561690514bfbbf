import t from 'tap'
import { guide } from '../../src/cli/dev-guide.ts'

const state = {
  traffic: 'http://127.0.0.1:18080',
  metrics: 'http://127.0.0.1:18081',
  admin: 'http://127.0.0.1:18082',
  control: 'http://127.0.0.1:18090',
  issuer: 'http://127.0.0.1:18091/v2.0/',
  upstream: 'http://127.0.0.1:18092',
  tokenEndpoint: 'http://127.0.0.1:18091/token',
  database: 'postgres://postgres:a-password@127.0.0.1:15432/postgres',
  redis: 'redis://:a-password@127.0.0.1:16379/0',
}

t.test('it shows every address, and lines to paste that reach this demo', async t => {
  const text = guide(state, '/tmp/dev.log')
  const { traffic, metrics, admin, control, issuer, upstream } = state
  for (const each of [traffic, metrics, admin, control, issuer, upstream, '/tmp/dev.log']) t.match(text, each)
  const lines = text.split('\n').filter(line => /^ {2}(curl|TOKEN=)/.test(line))
  t.equal(lines.length, 4)
  for (const line of lines) {
    t.match(line, `${traffic}/`)
    t.match(line, /\$\(npm run --silent postern -- token --tenant (acme|globex) --user [a-z]+\)/)
  }
})

t.test('no password is shown', async t => {
  const text = guide(state, '/tmp/dev.log')
  t.notMatch(text, 'a-password')
  t.match(text, 'postgres://postgres:***@127.0.0.1:15432/postgres')
})

t.test('without a Redis it says that nothing is shared', async t => {
  t.match(guide({ ...state, redis: null }, '/tmp/dev.log'), /redis {6}in this process/)
})
