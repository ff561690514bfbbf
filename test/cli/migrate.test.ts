import t from 'tap'
import { postern } from '../support/command.ts'
import { configText, controlSections } from '../support/config-text.ts'

t.test('a database that cannot be reached exits with 1, without the password in its address', async t => {
  const url = 'postgres://owner:hunter2@127.0.0.1:1/postern'
  for (const args of [
    ['migrate', '--url', url],
    ['migrate', 'status', '--url', url],
  ]) {
    const { code, out, err } = await postern(args)
    t.same([code, out], [1, ''])
    t.match(err, /the database could not be migrated/)
    t.notMatch(err, 'hunter2')
  }
})

t.test('a configuration without an owner of the database cannot migrate it', async t => {
  const directory = t.testdir({ 'c.yaml': configText({}, controlSections) })
  const { code, err } = await postern(['migrate', '--config', 'c.yaml'], { directory })
  t.equal(code, 64)
  t.match(err, /c\.yaml has no section owner/)
})
