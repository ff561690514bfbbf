import t from 'tap'
import { canonicalReference, isTenantReference, namesTenant } from '../../src/access/tenant-reference.ts'
import { acme, globex } from '../support/access.ts'

t.test('a tenant is named by its slug exactly, and by its id in any case', async t => {
  for (const reference of ['acme', acme.id, acme.id.toUpperCase()])
    t.equal(namesTenant(reference, acme), true)
  for (const reference of ['', 'Acme', 'acme ', 'globex', globex.id, `${acme.id} `])
    t.equal(namesTenant(reference, acme), false, reference)
})

t.test('ids and slugs can be references; other text cannot', async t => {
  for (const reference of ['acme', acme.id, acme.id.toUpperCase(), 'a_b.c-9', 'x'.repeat(64)])
    t.equal(isTenantReference(reference), true, reference)
  for (const reference of ['', 'x'.repeat(65), 'a b', 'a/b', 'a%62', 'acmé', 'a\u0000', '..{}', 'a:b'])
    t.equal(isTenantReference(reference), false, JSON.stringify(reference))
})

t.test('an id has one spelling to be looked up by, and a slug its own', async t => {
  for (const [reference, canonical] of [
    [acme.id.toUpperCase(), acme.id],
    [acme.id, acme.id],
    ['ACME', 'ACME'],
    [`X${acme.id.slice(1)}`, `X${acme.id.slice(1)}`],
  ] as const)
    t.equal(canonicalReference(reference), canonical)
})
