import t from 'tap'
import type { Directory } from '../../../src/access/directory.ts'
import type { AccessDocument } from '../../../src/access/document.ts'
import { PermissionIndex } from '../../../src/access/permission-set.ts'
import { prepareAccess } from '../../../src/access/prepare-access.ts'
import { Fault } from '../../../src/lib/fault.ts'
import { createIdentifyTenant } from '../../../src/proxy/stages/04-identify-tenant.ts'
import { accessDocument, acme, globex, issuer } from '../../support/access.ts'
import { exchangeOf } from '../../support/exchange.ts'

const known = prepareAccess(accessDocument(), new PermissionIndex([]))

function build(answer: ReturnType<Directory['lookup']> = known, revokedIn: readonly string[] = []) {
  const asked: string[][] = []
  const attempts: unknown[][] = []
  const entered: (string | undefined)[] = []
  const identify = createIdentifyTenant({
    directory: {
      lookup({ issuer, subject }, tenantRef) {
        asked.push([issuer, subject, tenantRef])
        return answer
      },
    },
    revocations: {
      isRevokedIn: (tenantId, { subject }) => revokedIn.includes(`${subject} in ${tenantId}`),
    },
    events: {
      onCrossTenant: (exchange, asked, held) => attempts.push([exchange.request!.id, asked, held]),
      onBreakGlass: document => entered.push(document.breakGlass?.grantId),
    },
  })
  return { identify, asked, attempts, entered }
}

const selectors = {
  tenantSelectors: [
    { in: 'path', name: 'tenant_id' },
    { in: 'query', name: 'tenant_id' },
  ],
} as const

t.test('the token’s claim selects, whatever the request names', async t => {
  const { identify, asked } = build()
  const exchange = exchangeOf({
    rule: selectors,
    parameters: { tenant_id: 'from-path' },
    request: { query: 'tenant_id=from-query', tenantRef: 'from-header' },
    claims: { tenantRef: 'from-token' },
  })
  t.equal(identify(exchange), null, 'at once')
  t.equal(exchange.access, known)
  t.same(asked, [[issuer, 'member', 'from-token']])
})

t.test('without a claim the path selects, then the query, then the header', async t => {
  for (const [parts, expected] of [
    [
      { parameters: { tenant_id: 'path' }, request: { query: 'tenant_id=query', tenantRef: 'header' } },
      'path',
    ],
    [{ request: { query: 'tenant_id=query', tenantRef: 'header' } }, 'query'],
    [{ request: { query: 'a=b', tenantRef: 'header' } }, 'header'],
  ] as const) {
    const { identify, asked } = build()
    t.equal(identify(exchangeOf({ rule: selectors, ...parts })), null)
    t.equal(asked[0]![2], expected)
  }
})

t.test('waits for the directory only if it must', async t => {
  const { identify } = build(Promise.resolve(known))
  const exchange = exchangeOf({ claims: { tenantRef: 'acme' } })
  t.equal(await identify(exchange), null)
  t.equal(exchange.access, known)
})

t.test('TOKEN_MISSING where nobody was authenticated, without asking', async t => {
  const { identify, asked } = build()
  t.match(identify(exchangeOf({ claims: null, request: { tenantRef: 'acme' } })), {
    refusal: { code: 'TOKEN_MISSING' },
  })
  t.same(asked, [])
})

t.test('TENANT_MISSING where nothing names a tenant, on a route of scope none too', async t => {
  const { identify } = build()
  for (const scope of ['tenant', 'workspace', 'none'] as const)
    t.match(identify(exchangeOf({ rule: { scope } })), { refusal: { code: 'TENANT_MISSING' } }, scope)
})

t.test('SELECTOR_AMBIGUOUS where the query that would select names two', async t => {
  const { identify, asked } = build()
  const exchange = exchangeOf({ rule: selectors, request: { query: 'tenant_id=a&tenant_id=b' } })
  t.match(identify(exchange), { refusal: { code: 'SELECTOR_AMBIGUOUS' } })
  t.same(asked, [])
})

t.test('CROSS_TENANT for a tenant without a place in it, counted as an attempt', async t => {
  for (const answer of [null, Promise.resolve(null)]) {
    const { identify, attempts } = build(answer)
    const exchange = exchangeOf({ claims: { tenantRef: 'globex' } })
    t.match(await identify(exchange), { refusal: { code: 'CROSS_TENANT' }, detail: /globex/ })
    t.equal(exchange.access, null)
    t.same(attempts, [['request-1', 'globex', null]])
  }
})

t.test('text that is no name does not get into the log', async t => {
  const { identify, attempts } = build(null)
  const denial = await identify(exchangeOf({ request: { tenantRef: 'Bearer private' } }))
  t.notMatch(JSON.stringify([denial, attempts]), /private/)
})

t.test('TENANT_INACTIVE for a tenant that is suspended or archived', async t => {
  for (const status of ['suspended', 'archived'] satisfies AccessDocument['tenant']['status'][]) {
    const { identify } = build(prepareAccess(accessDocument({ tenant: { status } }), new PermissionIndex([])))
    t.match(identify(exchangeOf({ claims: { tenantRef: 'acme' } })), { refusal: { code: 'TENANT_INACTIVE' } })
  }
})

t.test('TOKEN_REVOKED for a token that is void in the tenant it was let into, by the id of it', async t => {
  const exchange = () => exchangeOf({ claims: { tenantRef: 'acme' } })
  const { identify } = build(known, [`member in ${acme.id}`])
  t.match(identify(exchange()), { refusal: { code: 'TOKEN_REVOKED', status: 401 } })
  t.equal(build(known, [`member in ${globex.id}`]).identify(exchange()), null)
  const stranger = build(null, [`member in ${acme.id}`]).identify(exchange())
  t.match(stranger, { refusal: { code: 'CROSS_TENANT' } }, 'who has no place there learns no more than that')
})

t.test('what the directory cannot tell is a fault, not a no', async t => {
  const { identify, attempts } = build(Promise.reject(new Fault('DIRECTORY_UNAVAILABLE', 'look up')))
  await t.rejects(async () => identify(exchangeOf({ claims: { tenantRef: 'acme' } })), {
    code: 'DIRECTORY_UNAVAILABLE',
  })
  t.same(attempts, [])
})

t.test('an operator under break-glass is told of before anything is decided, and nobody else is', async t => {
  for (const [breakGlass, status, expected] of [
    [{ grantId: 'grant-1', expiresAtMs: 1 }, 'active', ['grant-1']],
    [{ grantId: 'grant-1', expiresAtMs: 1 }, 'suspended', ['grant-1']],
    [null, 'active', []],
  ] as const) {
    const document = accessDocument({ breakGlass, tenant: { status } })
    const { identify, entered } = build(prepareAccess(document, new PermissionIndex([])))
    identify(exchangeOf({ claims: { tenantRef: 'acme' } }))
    t.same(entered, expected)
  }
})
