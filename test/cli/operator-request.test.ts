import t from 'tap'
import { readOperatorRequest } from '../../src/cli/operator-request.ts'

const who = { issuer: 'https://id.example/v2.0/', subject: '5eed-ada' }
const night = { ...who, tenant: 'acme', role: 'admin', minutes: '30', reason: 'Ticket 4711, at night' }
const first = { tenant: 'acme', 'tenant-name': 'Acme', plan: 'free' }

t.test('each action is read with what it needs, texts without the blanks around them', async t => {
  t.same(readOperatorRequest('list', {}), { action: 'list' })
  t.same(readOperatorRequest('revoke', who), { action: 'revoke', identity: who })
  t.same(readOperatorRequest('create', { ...who, name: ' Ada ' }), {
    action: 'create',
    identity: who,
    name: 'Ada',
    tenant: null,
  })
  t.match(readOperatorRequest('create', { ...who, name: 'Ada', ...first }), {
    tenant: { slug: 'acme', name: 'Acme', plan: 'free' },
  })
  t.same(readOperatorRequest('break-glass', night), {
    action: 'break-glass',
    identity: who,
    slug: 'acme',
    role: 'admin',
    minutes: 30,
    reason: 'Ticket 4711, at night',
  })
  t.same(readOperatorRequest('close', { ...who, tenant: 'acme' }), {
    action: 'close',
    identity: who,
    slug: 'acme',
  })
})

t.test('what is missing, alien or out of bounds is named', async t => {
  const cases: [string, Record<string, string>, RegExp][] = [
    ['crate', {}, /operator has no crate; did you mean create\?/],
    ['constructor', {}, /operator has no constructor/],
    ['create', { subject: 'a', name: ' ' }, /create needs --issuer, --name/],
    ['create', { ...who, name: 'Ada', role: 'admin' }, /create takes no --role/],
    ['create', { ...who, name: 'Ada', tenant: 'acme' }, /--tenant, --tenant-name and --plan come together/],
    ['create', { ...who, name: 'x'.repeat(201) }, /--name has at most 200/],
    ['create', { ...who, name: 'Ada', ...first, 'tenant-name': 'x'.repeat(201) }, /--tenant-name has at/],
    ['revoke', { ...who, issuer: 'id.example' }, /--issuer expects a URL/],
    ['list', who, /list takes no --issuer, --subject/],
    ['close', who, /close needs --tenant/],
    ['break-glass', who, /break-glass needs --tenant, --role, --minutes, --reason/],
    ['break-glass', { ...night, role: 'root' }, /--role is one of owner, admin, member, guest/],
    ['break-glass', { ...night, reason: 'too short' }, /--reason has 10 to 1000 characters/],
    ['break-glass', { ...night, reason: `x${' '.repeat(20)}` }, /--reason has 10/],
    ['break-glass', { ...night, reason: 'x'.repeat(1001) }, /--reason has 10/],
  ]
  for (const [name, values, complaint] of cases)
    t.match(readOperatorRequest(name, values), { complaint }, `${name} ${Object.keys(values)}`)
})

t.test('a way in lasts from one minute to four hours, in whole minutes', async t => {
  for (const minutes of ['1', '240'])
    t.match(readOperatorRequest('break-glass', { ...night, minutes }), { slug: 'acme' })
  for (const minutes of ['0', '241', '-5', '1.5', '1e2', '0x1f', 'ten', '1000'])
    t.match(readOperatorRequest('break-glass', { ...night, minutes }), { complaint: /1 to 240/ }, minutes)
})
