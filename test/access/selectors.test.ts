import t from 'tap'
import { ambiguous, readQueryParameter, selectedBy } from '../../src/access/selectors.ts'
import { routeRule } from '../support/route-rule.ts'

t.test('reads a parameter wherever it stands, decoded as a form', async t => {
  for (const [query, value] of [
    [null, null],
    ['', null],
    ['other=1', null],
    ['tenant=acme', 'acme'],
    ['a=1&tenant=acme&b', 'acme'],
    ['a=1&&tenant=acme&', 'acme'],
    ['tenant', ''],
    ['tenant=', ''],
    ['tenant=a=b', 'a=b'],
    ['%74enant=%61cme', 'acme'],
    ['tenant=a+b%2Bc', 'a b+c'],
    ['mytenant=x&tenant_id=y', null],
    ['a=tenant&b=tenant=acme', null],
  ] as const)
    t.equal(readQueryParameter(query, 'tenant'), value, String(query))
})

t.test('what a service might read otherwise is ambiguous', async t => {
  for (const query of [
    'tenant=a&tenant=b',
    'tenant=a&tenant=a',
    'tenant=a&%74enant=b',
    'a=1;tenant=b',
    'tenant=a;x',
    'Tenant=a',
    'tenant=a&TENANT=b',
    'tenant[]=a',
    'tenant=a&tenant[0]=b',
    '+tenant=a',
    'tenant=%ff',
    '%ff=a',
  ])
    t.equal(readQueryParameter(query, 'tenant'), ambiguous, query)
  for (const query of ['tenant.id=a', 'tenant+id=a', 'tenant[id=a', 'tenant_id=a&Tenant%2eID[]=b'])
    t.equal(readQueryParameter(query, 'tenant_id'), ambiguous, query)
  t.equal(readQueryParameter('tenant[id]=a&tenantid=b', 'tenant_id'), null, 'another name altogether')
})

t.test('a path selector reads the parameter of its name', async t => {
  const match = {
    rule: routeRule('GET', '/tenants/{tenant_id}/notes/{note}'),
    index: 0,
    parameters: ['acme', '7'],
    parameterNames: ['tenant_id', 'note'],
  }
  t.equal(selectedBy({ in: 'path', name: 'tenant_id' }, match, null), 'acme')
  t.equal(selectedBy({ in: 'path', name: 'workspace_id' }, match, null), null)
  t.equal(selectedBy({ in: 'query', name: 'tenant_id' }, match, 'tenant_id=globex'), 'globex')
})
