import t from 'tap'
import { readTemplate } from '../../src/route/template.ts'

t.test('reads literals and parameters', async t => {
  t.same(readTemplate('/tenants/{tenant_id}/notes'), {
    segments: [
      { kind: 'literal', text: 'tenants' },
      { kind: 'parameter', text: 'tenant_id' },
      { kind: 'literal', text: 'notes' },
    ],
  })
  t.same(readTemplate('/'), { segments: [{ kind: 'literal', text: '' }] })
  t.match(readTemplate('/a/'), { segments: { length: 2 } })
})

t.test('reads a tail at the end', async t => {
  t.same(readTemplate('/a/{b}/{c...}'), {
    segments: [
      { kind: 'literal', text: 'a' },
      { kind: 'parameter', text: 'b' },
      { kind: 'tail', text: 'c' },
    ],
  })
})

t.test('says what is wrong with any other', async t => {
  for (const template of [
    '',
    'a',
    '/a//b',
    '/{a}/{a}',
    '/{a',
    '/a}',
    '/x{a}',
    '/{}',
    '/{a-b}',
    '/{a...}/b',
    '/{a...}/',
    '/{a}/{a...}',
    '/{...}',
    '/{a..}',
    '/x{a...}',
    '/a?b',
    '/a#b',
    '/a%20b',
    '/*',
    '/a/..',
    '/./a',
    '/a b',
    '/ü',
  ])
    t.type((readTemplate(template) as { mistake?: string }).mistake, 'string', template)
})
