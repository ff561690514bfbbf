import t from 'tap'
import { PermissionIndex } from '../../src/access/permission-set.ts'
import { prepareAccess } from '../../src/access/prepare-access.ts'
import type { PreparedAccess } from '../../src/access/prepared-access.ts'
import { codeOf } from '../../src/proxy/access-line.ts'
import { createReview } from '../../src/proxy/review.ts'
import { createIdentifyTenant } from '../../src/proxy/stages/04-identify-tenant.ts'
import { createAuthorize } from '../../src/proxy/stages/05-authorize.ts'
import type { RouteRule } from '../../src/route/rule.ts'
import type { Claims } from '../../src/token/claims.ts'
import { accessDocument, acme, globex, issuer, lab } from '../support/access.ts'
import { away } from '../support/directory.ts'
import type { ExchangeParts } from '../support/exchange.ts'
import { exchangeOf } from '../support/exchange.ts'

const permissions = new PermissionIndex(['notes.read', 'notes.write'])
const accessOf = (more?: Parameters<typeof accessDocument>[0]) =>
  prepareAccess(accessDocument(more), permissions)
const modes = (more: Partial<RouteRule['modes']>): RouteRule['modes'] => ({
  authenticate: 'enforce',
  identifyTenant: 'enforce',
  authorize: 'enforce',
  throttle: 'enforce',
  ...more,
})

/** A request of a member of acme that was let through, and what has become of their access since. */
function reviewOf(since: PreparedAccess | null | Error, parts: ExchangeParts = {}) {
  const exchange = exchangeOf({
    ...parts,
    request: { tenantRef: 'acme', accessVersionMin: 7, ...parts.request },
  })
  exchange.access = accessOf()
  const asked: unknown[] = []
  const withdrawn = new Set<string>()
  const revoked = new Set<string>()
  const revocations = {
    isRevoked: ({ subject }: Claims) => revoked.has(subject),
    isRevokedIn: (tenantId: string, { subject }: Claims) => revoked.has(`${subject} in ${tenantId}`),
  }
  const review = createReview({
    denyList: { isWithdrawn: (ofIssuer, keyId) => ofIssuer === issuer && withdrawn.has(keyId) },
    revocations,
    identifyTenant: createIdentifyTenant({
      revocations,
      directory: {
        async lookup(principal, tenantRef, accessVersionMin) {
          asked.push({ principal, tenantRef, accessVersionMin })
          if (since instanceof Error) throw since
          return since
        },
      },
      events: { onCrossTenant() {}, onBreakGlass() {} },
    }),
    authorize: createAuthorize({ permissions, events: { onCrossTenant() {} } }),
  })
  const judge = async () => {
    const { denial } = await review.judge(exchange)
    return denial === null ? null : codeOf(denial)
  }
  const judgeToken = () => review.judgeToken(exchange)?.refusal.code ?? null
  return { exchange, asked, withdrawn, revoked, review, judge, judgeToken }
}

t.test('access as it was lets it go on, and tells what it was judged by', async t => {
  const now = accessOf({ accessVersion: 2 })
  const { review, exchange, asked } = reviewOf(now)
  t.same(await review.judge(exchange), { denial: null, access: now })
  t.match(asked, [{ principal: exchange.claims!, tenantRef: 'acme', accessVersionMin: 0 }])
  t.equal(exchange.access?.document.accessVersion, 1, 'the exchange stays as it was decided')
})

t.test('a membership, a permission or a tenant that is no more ends it', async t => {
  t.equal(await reviewOf(null).judge(), 'CROSS_TENANT')
  t.equal(await reviewOf(accessOf({ permissions: [] })).judge(), 'PERMISSION_MISSING')
  t.equal(await reviewOf(accessOf({ tenant: { status: 'suspended' } })).judge(), 'TENANT_INACTIVE')
})

t.test('a workspace that can no longer be reached ends it, another one does not', async t => {
  const parts = { rule: { scope: 'workspace' }, request: { workspaceRef: 'lab' } } as const
  const judged = (workspaces: readonly { readonly id: string; readonly slug: string }[]) => {
    const { exchange, judge } = reviewOf(
      accessOf({ workspaces: workspaces.map(each => ({ ...each, role: 'member', permissions: [] })) }),
      parts,
    )
    exchange.workspace = exchange.access!.workspaces.get('lab')!
    return judge()
  }
  t.equal(await judged([lab]), null)
  t.equal(await judged([]), 'WORKSPACE_FORBIDDEN')
  t.equal(await judged([{ ...lab, id: globex.id }]), 'WORKSPACE_FORBIDDEN', 'somebody else’s by that name')
})

t.test('names that are somebody else’s by now end it', async t => {
  t.equal(await reviewOf(accessOf({ tenant: { id: globex.id } })).judge(), 'CROSS_TENANT')
  const principal = { issuer, subject: 'member', userId: globex.id }
  t.equal(await reviewOf(accessOf({ principal })).judge(), 'CROSS_TENANT')
})

t.test('what cannot be told is thrown, not decided', async t => {
  await t.rejects(reviewOf(away).judge(), { code: 'DIRECTORY_UNAVAILABLE' })
})

t.test('a revoked token ends it, everywhere or in its tenant, without asking the directory', async t => {
  for (const name of ['member', `member in ${acme.id}`]) {
    const { revoked, judge, judgeToken } = reviewOf(accessOf())
    t.equal(judgeToken(), null)
    revoked.add(name)
    t.equal(judgeToken(), 'TOKEN_REVOKED', name)
    t.equal(await judge(), 'TOKEN_REVOKED', name)
  }
  const { revoked, judge, asked } = reviewOf(away)
  revoked.add('member')
  t.equal(await judge(), 'TOKEN_REVOKED')
  t.same(asked, [])
  const elsewhere = reviewOf(accessOf())
  elsewhere.revoked.add(`member in ${globex.id}`)
  t.equal(elsewhere.judgeToken(), null)
})

t.test('a token whose key was withdrawn ends it', async t => {
  const { withdrawn, judge, judgeToken } = reviewOf(accessOf())
  withdrawn.add('k1')
  t.equal(judgeToken(), 'TOKEN_KEY_WITHDRAWN')
  t.equal(await judge(), 'TOKEN_KEY_WITHDRAWN')
})

t.test('a shadowed stage ends nothing, and is noted once however often it objects', async t => {
  const { exchange, judge, judgeToken, revoked } = reviewOf(accessOf({ permissions: [] }), {
    rule: { modes: modes({ authorize: 'shadow', authenticate: 'shadow' }) },
  })
  revoked.add('member')
  for (let times = 0; times < 3; times += 1) {
    t.equal(await judge(), null)
    t.equal(judgeToken(), null)
  }
  t.same(exchange.shadowed.map(codeOf), ['TOKEN_REVOKED', 'PERMISSION_MISSING'])
})

t.test(
  'a shadowed stage that breaks is noted, too, and what follows judges as it would a request',
  async t => {
    const { exchange, judge } = reviewOf(away, { rule: { modes: modes({ identifyTenant: 'shadow' }) } })
    t.equal(await judge(), 'PERMISSION_MISSING', 'nobody was found who would hold it')
    t.same(exchange.shadowed.map(codeOf), ['DIRECTORY_UNAVAILABLE'])
    const names = reviewOf(accessOf({ tenant: { id: globex.id } }), {
      rule: { modes: modes({ identifyTenant: 'shadow', authorize: 'shadow' }) },
    })
    t.equal(await names.judge(), null)
    t.same(names.exchange.shadowed.map(codeOf), ['CROSS_TENANT'])
  },
)

t.test('a stage that is off is not asked', async t => {
  const off = modes({ authenticate: 'off', identifyTenant: 'off', authorize: 'off' })
  const { judge, revoked, asked } = reviewOf(null, { rule: { modes: off } })
  revoked.add('member').add(`member in ${acme.id}`)
  t.equal(await judge(), null)
  t.same(asked, [])
})
