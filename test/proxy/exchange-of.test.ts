import t from 'tap'
import { arrived } from '../support/arrival.ts'

t.test('a new exchange holds nothing of another', async t => {
  const [one, other] = [arrived(), arrived()]
  one.shadowed.push(null as never)
  one.stageMs.push(1)
  one.outcome.status = 200
  t.same(other.shadowed, [])
  t.same(other.stageMs, [])
  t.equal(other.outcome.status, 0)
  t.match(other, {
    request: null,
    route: null,
    claims: null,
    access: null,
    workspace: null,
    grant: null,
    proof: null,
    ended: null,
  })
})
