import t from 'tap'
import { posternHere as postern } from '../support/command.ts'
import { createEmptyDatabase, createTestDatabase } from '../support/database.ts'

const who = ['--issuer', 'https://id.example/v2.0/', '--subject', '5eed-ada']
const create = ['operator', 'create', '--name', 'Ada Lovelace', ...who]
const first = ['--tenant', 'acme', '--tenant-name', 'Acme', '--plan', 'free']
const enter = ['--tenant', 'acme', '--role', 'admin', '--minutes', '30', '--reason', 'Ticket 4711, at night']

t.test('from nothing to an operator with a tenant, in and out of it, and revoked', async t => {
  const { ownerUrl } = await createTestDatabase(t)
  const env = { DATABASE_URL: ownerUrl }
  const done = async (args: readonly string[]) => {
    const { code, out, err } = await postern(args, env)
    t.same([code, err], [0, ''], args.slice(0, 2).join(' '))
    return out
  }
  t.match(
    await done([...create, ...first]),
    /^Ada Lovelace is an operator.*now.*\nThey own the new tenant acme/,
  )
  t.match(
    await done([...create, ...first]),
    /^Ada Lovelace is already an operator.*\nThey own the tenant acme already/,
  )
  t.match(
    await done(['operator', 'list']),
    /^Ada Lovelace \(5eed-ada of https:\/\/id.example\/v2.0\/\).*Z\n$/,
  )
  const opened = await done(['operator', 'break-glass', ...enter, ...who])
  t.match(opened, /^Ada Lovelace may act as admin in acme until 2.*, for 30 minutes\.\nGrant /)
  const close = opened.trimEnd().split('\n').at(-1)!.trim().split(' ').slice(1)
  const id = /^Grant (\S+):/m.exec(opened)![1]
  t.equal(await done(close), `Closed grant ${id} of Ada Lovelace in acme.\n`)
  t.match(await done(close), /^Nothing is open for Ada Lovelace in acme; nothing changed/)
  t.match(await done(['operator', 'revoke', ...who]), /^Ada Lovelace is no operator any more/)
  t.match(await done(['operator', 'revoke', ...who]), /^Ada Lovelace was revoked before; nothing changed/)
})

t.test('a program is answered with one line of JSON for each result', async t => {
  const { ownerUrl } = await createTestDatabase(t)
  const asJson = async (args: readonly string[]) => {
    const { out } = await postern([...args, '--json', '--url', ownerUrl])
    return out
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))
  }
  t.match(await asJson([...create, ...first]), [{ isNew: true, tenant: { slug: 'acme', isNew: true } }])
  t.match(await asJson(['operator', 'list']), [{ identities: [{ subject: '5eed-ada' }], revokedAtMs: null }])
  const [entered] = await asJson(['operator', 'break-glass', ...enter, ...who])
  t.match(entered, { tenant: { slug: 'acme' }, grant: { role: 'admin', reason: 'Ticket 4711, at night' } })
  t.match(await asJson(['operator', 'close', '--tenant', 'acme', ...who]), [
    { closed: [{ id: entered.grant.id }] },
  ])
  t.match(await asJson(['operator', 'revoke', ...who]), [{ wasOperator: true }])
})

t.test('what cannot be done exits with 1, changes nothing, and says why', async t => {
  const { ownerUrl } = await createTestDatabase(t)
  const cases: [readonly string[], RegExp][] = [
    [[...create, '--tenant', 'acme', '--tenant-name', 'Acme', '--plan', 'gold'], /There is no such plan/],
    [['operator', 'break-glass', ...enter, ...who], /no operator’s\. Type: postern operator list/],
    [['operator', 'close', '--tenant', 'acme', ...who], /no operator’s/],
    [['operator', 'revoke', ...who], /no operator’s/],
  ]
  for (const [args, why] of cases)
    t.match(await postern([...args, '--url', ownerUrl]), { code: 1, out: '', err: why })
  t.match(await postern(['operator', 'list', '--url', ownerUrl]), { code: 0, out: '' })
})

t.test('a command line that is wrong exits with 64, before the database is asked', async t => {
  for (const [args, why] of [
    [['operator'], /an argument is missing/],
    [['operator', 'crate'], /did you mean create\?\nType: postern help operator/],
    [['operator', 'list', '--url', 'nowhere'], /expected --config FILE/],
  ] as const)
    t.match(await postern(args), { code: 64, out: '', err: why })
})

t.test('a database that was not migrated is not touched, and what to run is said', async t => {
  const { ownerUrl } = await createEmptyDatabase(t)
  t.match(await postern([...create, '--url', ownerUrl]), {
    code: 1,
    out: '',
    err: /the database is empty\. Run postern migrate first/,
  })
})

t.test('a database that cannot be reached exits with 1, without the password in its address', async t => {
  const { code, err } = await postern([...create, '--url', 'postgres://owner:hunter2@127.0.0.1:1/postern'])
  t.equal(code, 1)
  t.match(err, /the database could not be asked/)
  t.notMatch(err, 'hunter2')
})

t.test('a name that a terminal would obey is shown, not obeyed', async t => {
  const { ownerUrl } = await createTestDatabase(t)
  const args = ['operator', 'create', '--name', 'Ada\u001b[2J\u202e', ...who, '--url', ownerUrl]
  t.match((await postern(args)).out, /^Ada\ufffd\[2J\ufffd is an operator/)
})
