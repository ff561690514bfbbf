import t from 'tap'
import { databaseFailure, ownerTarget } from '../../src/cli/database-owner.ts'
import { Fault } from '../../src/lib/fault.ts'

function terminal(env: Readonly<Record<string, string>> = {}) {
  const errors: string[] = []
  const err = (line: string) => void errors.push(line)
  return { errors, out() {}, err, env, directory: '/', interactive: false }
}

t.test('the address is --url, or DATABASE_URL where there is none', async t => {
  const env = { DATABASE_URL: 'postgres://one@127.0.0.1/a' }
  const url = 'postgresql://other@127.0.0.1/b'
  t.same(ownerTarget({ url }, terminal(env)), { ownerUrl: url, runtimePassword: null })
  t.same(ownerTarget({}, terminal(env)), { ownerUrl: env.DATABASE_URL, runtimePassword: null })
})

t.test('what is no address of Postgres is told, and not repeated', async t => {
  for (const url of ['hunter2', 'http://hunter2@127.0.0.1/']) {
    const told = terminal()
    t.equal(ownerTarget({ url }, told), null)
    t.match(told.errors, [/expected --config FILE, --url postgres:/])
    t.notMatch(told.errors.join(), 'hunter2')
  }
})

t.test('a failure is told by what was attempted and a code, never by the driver’s message', async t => {
  const cause = Object.assign(new Error('hunter2'), { code: 'ECONNREFUSED' })
  const fault = new Fault('STORE_UNAVAILABLE', 'connect to Postgres', {}, cause)
  t.equal(databaseFailure(fault), 'connect to Postgres (ECONNREFUSED)')
  const refused = new Fault('STORE_UNAVAILABLE', 'connect to Postgres', { sqlState: '28P01' })
  t.equal(databaseFailure(refused), 'connect to Postgres (SQLSTATE 28P01)')
})
