import t from 'tap'
import { TenantChanges } from '../../src/access/tenant-changes.ts'
import { createManualClock } from '../support/manual-clock.ts'

const clock = createManualClock(0)
const build = (tenantsMax = 10) => new TenantChanges({ tenantsMax, keepMs: 900_000, clock })

t.test('the highest version that was heard is the floor, by every name of the tenant', async t => {
  const changes = build()
  t.equal(changes.floorOf('acme'), 0)
  changes.note(['id', 'acme'], 7)
  changes.note(['id'], 5)
  t.equal(changes.floorOf('acme'), 7)
  t.equal(changes.floorOf('id'), 7)
})

t.test('a change counts as later than what was heard before it, be its version new or not', async t => {
  const changes = build()
  changes.note(['acme'], 7)
  const before = changes.heard
  t.notOk(changes.since(before, 'acme'))
  changes.note(['globex'], 1)
  t.notOk(changes.since(before, 'acme'))
  changes.note(['acme'], 7)
  t.ok(changes.since(before, 'acme'))
})

t.test('remembers no more tenants than it may, and those that changed last', async t => {
  const changes = build(2)
  for (const name of ['a', 'b', 'c']) changes.note([`id-${name}`, name], 3)
  t.same(
    ['a', 'b', 'c'].map(name => changes.floorOf(name)),
    [0, 3, 3],
  )
})

t.test(
  'a version counts for as long as a document may be used, and a lower one does not prolong it',
  async t => {
    const changes = build()
    changes.note(['acme'], 2 ** 53 - 1)
    clock.advance(899_999)
    changes.note(['acme'], 7)
    t.equal(changes.floorOf('acme'), 2 ** 53 - 1)
    clock.advance(1)
    t.equal(changes.floorOf('acme'), 0)
    changes.note(['acme'], 8)
    t.equal(changes.floorOf('acme'), 8)
  },
)
