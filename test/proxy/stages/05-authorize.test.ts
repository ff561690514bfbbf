import t from 'tap'
import { PermissionIndex } from '../../../src/access/permission-set.ts'
import { prepareAccess } from '../../../src/access/prepare-access.ts'
import { createAuthorize } from '../../../src/proxy/stages/05-authorize.ts'
import { accessDocument, acme, annex, globex, lab } from '../../support/access.ts'
import type { ExchangeParts } from '../../support/exchange.ts'
import { exchangeOf } from '../../support/exchange.ts'

const permissions = new PermissionIndex(['notes.read', 'notes.write'])
const access = prepareAccess(accessDocument(), permissions)

/** Every place can name a tenant and a workspace. */
const everywhere = {
  tenantSelectors: [
    { in: 'path', name: 'tenant_id' },
    { in: 'query', name: 'tenant_id' },
  ],
  workspaceSelectors: [
    { in: 'path', name: 'workspace_id' },
    { in: 'query', name: 'workspace_id' },
  ],
} as const

function judge(parts: ExchangeParts) {
  const attempts: unknown[][] = []
  const events = {
    onCrossTenant: (_: unknown, asked: string, held: string | null) => attempts.push([asked, held]),
  }
  const exchange = exchangeOf({ ...parts, rule: { ...everywhere, ...parts.rule } })
  exchange.access = access
  const verdict = createAuthorize({ permissions, events })(exchange)
  if (verdict instanceof Promise) throw new Error('authorize never waits')
  return { code: verdict?.refusal.code ?? null, verdict, exchange, attempts }
}

const inWorkspace = { scope: 'workspace', permission: 'notes.write' } as const

t.test('lets a principal do what its role in the tenant allows', async t => {
  const { code, exchange } = judge({ rule: { permission: 'notes.read' } })
  t.equal(code, null)
  t.equal(exchange.workspace, null)
})

t.test('PERMISSION_MISSING for what the role does not hold, and for what no index knows', async t => {
  t.equal(judge({ rule: { permission: 'notes.write' } }).code, 'PERMISSION_MISSING')
  t.equal(judge({ rule: { permission: 'notes.burn' } }).code, 'PERMISSION_MISSING')
})

t.test('PERMISSION_MISSING where no tenant was identified', async t => {
  const exchange = exchangeOf({})
  const authorize = createAuthorize({ permissions, events: { onCrossTenant() {} } })
  t.match(authorize(exchange), { refusal: { code: 'PERMISSION_MISSING' } })
})

t.test('every place may name the tenant, by id or slug, as long as all mean the same', async t => {
  const parts = {
    parameters: { tenant_id: acme.slug },
    request: { query: `tenant_id=${acme.id}`, tenantRef: acme.id.toUpperCase() },
  }
  t.equal(judge(parts).code, null)
})

t.test('CROSS_TENANT for any one place that names another tenant, counted with both', async t => {
  const same = { parameters: { tenant_id: 'acme' }, query: 'tenant_id=acme', tenantRef: 'acme' }
  for (const [place, other] of [
    ['path', { ...same, parameters: { tenant_id: 'globex' } }],
    ['query', { ...same, query: 'tenant_id=globex' }],
    ['header', { ...same, tenantRef: 'globex' }],
    ['header alone', { parameters: {}, query: null, tenantRef: 'globex' }],
  ] as const) {
    const { parameters, query, tenantRef } = other
    for (const scope of ['tenant', 'none', 'workspace'] as const) {
      const { code, attempts, verdict } = judge({
        rule: { scope },
        parameters,
        request: { query, tenantRef },
      })
      t.equal(code, 'CROSS_TENANT', `${place}, scope ${scope}`)
      t.same(attempts, [['globex', acme.id]])
      t.match(verdict, { detail: new RegExp(`globex.*${acme.id}`) })
    }
  }
})

t.test('CROSS_TENANT is the same for another tenant’s id, an unknown name, and an empty one', async t => {
  for (const tenantRef of [globex.id, 'nobody', ''])
    t.equal(judge({ request: { tenantRef } }).code, 'CROSS_TENANT', tenantRef)
})

t.test('SELECTOR_AMBIGUOUS for a query that names a tenant or workspace twice', async t => {
  t.equal(judge({ request: { query: 'tenant_id=acme&tenant_id=acme' } }).code, 'SELECTOR_AMBIGUOUS')
  t.equal(judge({ request: { query: 'workspace_id=lab&workspace_id[]=lab' } }).code, 'SELECTOR_AMBIGUOUS')
})

t.test('on a workspace route the permissions held in the tenant and in that workspace count', async t => {
  const { code, exchange } = judge({ rule: inWorkspace, parameters: { workspace_id: 'lab' } })
  t.equal(code, null)
  t.match(exchange.workspace, lab)
  const elsewhere = { rule: inWorkspace, parameters: { workspace_id: 'annex' } }
  t.equal(judge(elsewhere).code, 'PERMISSION_MISSING', 'although another workspace’s role has it')
  const inherited = { ...elsewhere, rule: { ...inWorkspace, permission: 'notes.read' } }
  t.equal(judge(inherited).code, null)
})

t.test('a workspace may be named in several places, by id or slug', async t => {
  const parts = {
    rule: inWorkspace,
    parameters: { workspace_id: lab.slug },
    request: { query: `workspace_id=${lab.id}`, workspaceRef: lab.id.toUpperCase() },
  }
  t.equal(judge(parts).code, null)
})

t.test('WORKSPACE_MISSING where a workspace route names none', async t => {
  t.equal(judge({ rule: inWorkspace }).code, 'WORKSPACE_MISSING')
})

t.test('WORKSPACE_FORBIDDEN for any one place that names a workspace out of reach, on any route', async t => {
  for (const scope of ['workspace', 'tenant', 'none'] as const) {
    for (const parts of [
      { parameters: { workspace_id: 'attic' } },
      { parameters: { workspace_id: 'lab' }, request: { query: 'workspace_id=attic' } },
      { parameters: { workspace_id: 'lab' }, request: { workspaceRef: 'attic' } },
      { request: { workspaceRef: '' } },
      { request: { workspaceRef: 'LAB' } },
    ])
      t.equal(
        judge({ rule: { scope }, ...parts }).code,
        'WORKSPACE_FORBIDDEN',
        `${scope} ${JSON.stringify(parts)}`,
      )
  }
})

t.test('SELECTOR_AMBIGUOUS where two places of a workspace route name different workspaces', async t => {
  const parts = { parameters: { workspace_id: 'lab' }, request: { workspaceRef: annex.id } }
  const { code, exchange } = judge({ rule: inWorkspace, ...parts })
  t.equal(code, 'SELECTOR_AMBIGUOUS')
  t.equal(exchange.workspace, null)
})

t.test('another tenant is told before a workspace', async t => {
  const parts = { request: { tenantRef: 'globex', workspaceRef: 'attic' } }
  t.equal(judge({ rule: inWorkspace, ...parts }).code, 'CROSS_TENANT')
})
