import t from 'tap'
import { runtimePasswordOf } from '../../src/demo/runtime-password.ts'

t.test('all databases of one cluster come to the same password, however they are reached', async t => {
  const password = runtimePasswordOf('postgres://owner:secret@127.0.0.1:5432/one')
  t.equal(runtimePasswordOf('postgres://owner:secret@localhost:6432/two'), password)
  t.not(runtimePasswordOf('postgres://owner:another@127.0.0.1:5432/one'), password)
  t.notMatch(password, 'secret')
})
