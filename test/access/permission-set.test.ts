import t from 'tap'
import { hasPermission, PermissionIndex } from '../../src/access/permission-set.ts'

t.test('a set holds exactly the permissions it was given, across words', async t => {
  const names = Array.from({ length: 100 }, (_, index) => `permission-${index}`)
  const index = new PermissionIndex([...names, ...names])
  const held = names.filter((_, position) => position % 3 === 0 || position === 31 || position === 32)
  const set = index.setOf(held)
  t.equal(set.words.length, 4)
  for (const name of names) t.equal(hasPermission(set, index.bitOf(name)!), held.includes(name), name)
})

t.test('a permission that no route asks for has no bit, and no set holds it', async t => {
  const index = new PermissionIndex(['notes.read'])
  t.equal(index.bitOf('notes.write'), undefined)
  const set = index.setOf(['notes.write', 'constructor'])
  t.equal(hasPermission(set, 0), false)
  t.equal(hasPermission(set, 40), false, 'nor does it hold a bit beyond its words')
})
