import t from 'tap'
import { readTemplate } from '../../src/route/template.ts'

t.test('reads literals and parameters', async t => {
  t.same(readTemplate('/tenants/{tenant_id}/notes'), {
    segments: [
      { parameter: false, text: 'tenants' },
      { parameter: true, text: 'tenant_id' },
      { parameter: false, text: 'notes' },
    ],
  })
  t.same(readTemplate('/'), { segments: [{ parameter: false, text: '' }] })
  t.match(readTemplate('/a/'), { segments: { length: 2 } })
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
