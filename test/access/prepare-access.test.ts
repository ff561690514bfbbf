import t from 'tap'
import { hasPermission, PermissionIndex } from '../../src/access/permission-set.ts'
import { prepareAccess } from '../../src/access/prepare-access.ts'
import { accessDocument, lab } from '../support/access.ts'

const permissions = new PermissionIndex(['notes.read', 'notes.write'])
const write = permissions.bitOf('notes.write')!

t.test('keeps the permissions of the tenant and of each workspace apart', async t => {
  const access = prepareAccess(accessDocument(), permissions)
  t.equal(hasPermission(access.permissions, permissions.bitOf('notes.read')!), true)
  t.equal(hasPermission(access.permissions, write), false)
  t.equal(hasPermission(access.workspaces.get('lab')!.permissions, write), true)
  t.equal(hasPermission(access.workspaces.get('annex')!.permissions, write), false)
})

t.test('keeps none of the lists that it has digested', async t => {
  const { document } = prepareAccess(accessDocument(), permissions)
  t.hasStrict(accessDocument(), document)
  t.notOk('permissions' in document)
  t.notOk('workspaces' in document)
})

t.test('finds a workspace by id and by slug', async t => {
  const { workspaces } = prepareAccess(accessDocument(), permissions)
  t.match(workspaces.get(lab.id), lab)
  t.equal(workspaces.get(lab.id), workspaces.get(lab.slug))
})

t.test('a slug that reads like another workspace’s id does not stand in for it', async t => {
  const imposter = { id: 'other', slug: lab.id, role: 'owner', permissions: ['notes.write'] }
  for (const order of [
    [imposter, { ...lab, role: 'guest', permissions: [] }],
    [{ ...lab, role: 'guest', permissions: [] }, imposter],
  ]) {
    const { workspaces } = prepareAccess(accessDocument({ workspaces: order }), permissions)
    t.match(workspaces.get(lab.id), { role: 'guest' })
  }
})
