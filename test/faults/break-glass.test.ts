import t from 'tap'
import { demoTenants } from '../../src/demo/seeds.ts'
import { posternHere } from '../support/command.ts'
import { startWhole } from '../support/whole.ts'

const acme = demoTenants.find(({ slug }) => slug === 'acme')!

/** They sign in, with a token that names acme, and have no place there. */
const strangers = ['ada', 'grace', 'joan'].map((name, index) => ({
  tenantId: acme.id,
  tenantSlug: 'acme',
  name,
  objectId: `5eed0000-0000-4000-8000-0000000000f${index}`,
  displayName: name,
}))

/** Its sidecar asks the control plane about every request, so that a test waits for nothing. */
const whole = await startWhole(t, {
  strangers,
  configure: config => ({
    ...config,
    directory: { ...config.directory, freshMs: 0, refreshMs: 0, absentMs: 0, retryMs: 0 },
  }),
})

/** An operator, and what is typed for them. */
async function operator(name: string) {
  const { objectId } = strangers.find(each => each.name === name)!
  const type = async (...args: readonly string[]) => {
    const who = ['--issuer', whole.identity.issuer, '--subject', objectId]
    const typed = ['operator', ...args, ...who, '--json', '--url', whole.database.ownerUrl]
    const { code, out, err } = await posternHere(typed)
    t.same([code, err], [0, ''], `operator ${args[0]}`)
    return JSON.parse(out) as Record<string, { readonly id: string }>
  }
  await type('create', '--name', name)
  const token = await whole.token('acme', name)
  return {
    ask: (path = '/whoami') => whole.call(path, { token }),
    enter: async () => {
      const how = ['--role', 'admin', '--minutes', '30', '--reason', 'Ticket 4711, at night']
      return (await type('break-glass', '--tenant', 'acme', ...how)).grant!.id
    },
    leave: () => type('close', '--tenant', 'acme'),
    revoke: () => type('revoke'),
  }
}

const stranger = { status: 403, json: { code: 'CROSS_TENANT' } }

t.test('an operator is a stranger before break-glass, and after it was closed early', async t => {
  const { ask, enter, leave } = await operator('ada')
  t.match(await ask(), stranger)

  const grantId = await enter()
  t.match(await ask(), { status: 200, json: { 'x-qlp-roles': 'admin', 'x-qlp-tenant-id': acme.id } })
  t.match(await ask('/tenants/globex/notes'), stranger, 'in no other tenant')

  await leave()
  const refused = await ask()
  t.match(refused, stranger)
  const { title } = (await ask('/tenants/nobody/notes')).json
  t.equal(refused.json.title, title, 'as any stranger')
  t.notMatch(refused.text, grantId, 'the client learns nothing of grants')
})

t.test('what an operator does in a tenant is marked, counted and warned of', async t => {
  const requests = 'postern_break_glass_requests_total{tenant="acme"}'
  const { ask, enter } = await operator('grace')
  const grantId = await enter()
  const before = await whole.metric(requests)
  const answers = [await ask(), await ask('/workspaces/none/notes')]
  t.same(
    answers.map(({ status }) => status),
    [200, 403],
  )
  for (const answer of answers)
    t.match(await whole.accessLine(answer), { break_glass: grantId, tenant: 'acme' })
  t.equal(await whole.metric(requests), before + 2)
  const warnings = whole
    .log()
    .split('\n')
    .filter(line => line.includes('an operator entered') && line.includes(grantId))
  t.equal(warnings.length, 1, 'once for the grant')

  const member = await whole.call('/whoami', { token: await whole.token('acme', 'member') })
  t.notOk('break_glass' in (await whole.accessLine(member)))
  t.equal(await whole.metric(requests), before + 2)
})

t.test('an operator who is revoked is out, whatever was open', async t => {
  const { ask, enter, revoke } = await operator('joan')
  await enter()
  t.equal((await ask()).status, 200)
  await revoke()
  t.match(await ask(), stranger)
})
