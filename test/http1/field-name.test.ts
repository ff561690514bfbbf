import t from 'tap'
import { bareName, foldName, foldNames } from '../../src/http1/field-name.ts'

t.test('folds every spelling that CGI and its heirs take for the same name', async t => {
  for (const name of ['X-QLP-Tenant-Id', 'x_qlp_tenant_id', 'X_QLP.Tenant-ID', 'x!qlp~tenant+id'])
    t.equal(foldName(name), 'x-qlp-tenant-id', name)
  t.equal(foldName(''), '')
  t.equal(foldName('_a_'), '-a-')
  t.equal(foldName('Host'), 'host')
})

t.test('folds one name for each field', async t => {
  t.same(foldNames(['A_b', 'C_d', 'E', '']), ['a-b', 'e'])
})

t.test('takes several odd characters for one, and none at the ends', async t => {
  for (const name of ['transfer-encoding', '-transfer--encoding---', 'transfer---encoding'])
    t.equal(bareName(name), 'transfer-encoding', name)
  t.equal(bareName('--'), '')
  t.equal(bareName(''), '')
})
