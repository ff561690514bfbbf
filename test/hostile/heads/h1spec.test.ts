import t from 'tap'
import { behaves } from './behave.ts'
import { behaviours } from './h1spec.ts'
import { openLane } from './lane.ts'

t.test('shows every behaviour that h1spec asks for', async t => {
  const lane = await openLane(t)
  t.equal(behaviours.length, 33)
  for (const behaviour of behaviours) t.ok(await behaves(lane, behaviour), behaviour.name)
})
