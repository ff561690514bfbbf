import { createPublicKey } from 'node:crypto'
import { jwtVerify } from 'jose'
import t from 'tap'
import { PermissionIndex } from '../../src/access/permission-set.ts'
import { prepareAccess } from '../../src/access/prepare-access.ts'
import { generateEs256Key } from '../../src/lib/es256.ts'
import type { HeaderList } from '../../src/lib/header-list.ts'
import { headerCount, headerValue } from '../../src/lib/header-list.ts'
import { createAssertionSigner } from '../../src/signing/assertion.ts'
import { createProver } from '../../src/signing/prover.ts'
import { accessDocument, acme, lab } from '../support/access.ts'
import { createManualClock } from '../support/manual-clock.ts'

const startMs = 1_800_000_000_000
const lifetimeMs = 60_000
const key = generateEs256Key()
const permissions = new PermissionIndex([])
const access = prepareAccess(accessDocument({ accessVersion: 7 }), permissions)
const workspace = access.workspaces.get('lab')!

function build() {
  const clock = createManualClock(startMs)
  let signatures = 0
  const signer = createAssertionSigner({ key, issuer: 'postern:notes', audience: 'notes', lifetimeMs })
  const prover = createProver({
    key,
    sign: (claims, nowMs, endsAtMs) => {
      signatures += 1
      return signer(claims, nowMs, endsAtMs)
    },
    lifetimeMs,
    prefix: 'X-QLP-',
    aliases: { tenantId: ['X-Tenant-ID'], userId: ['X-User-ID'], workspaceId: [], roles: [], plan: [] },
    clock,
  })
  return { clock, prover, signatures: () => signatures }
}

function verified(headers: HeaderList, atMs: number) {
  const publicKey = createPublicKey({ key: key.publicJwk, format: 'jwk' })
  return jwtVerify(headerValue(headers, 'x-qlp-assertion')!, publicKey, {
    algorithms: ['ES256'],
    audience: 'notes',
    issuer: 'postern:notes',
    typ: 'postern-assertion+jwt',
    currentDate: new Date(atMs),
  })
}

t.test('tenant, principal and their aliases are told once each', async t => {
  const headers = build().prover.prove(access, null)
  for (const name of ['x-qlp-tenant-id', 'x-tenant-id']) {
    t.equal(headerValue(headers, name), acme.id)
    t.equal(headerCount(headers, name), 1)
  }
  for (const name of ['x-qlp-user-id', 'x-user-id'])
    t.equal(headerValue(headers, name), access.document.principal.userId)
  t.equal(headerValue(headers, 'x-qlp-roles'), 'member')
  t.equal(headerValue(headers, 'x-qlp-plan'), 'pro')
  t.equal(headerValue(headers, 'x-qlp-workspace-id'), null)
})

t.test('the assertion says the same, for this service and at most a minute', async t => {
  const { payload } = await verified(build().prover.prove(access, null), startMs)
  t.equal(payload.sub, access.document.principal.userId)
  t.equal(payload.tenant_id, acme.id)
  t.strictSame(payload.roles, ['member'])
  t.equal(payload.access_version, 7)
  t.equal(payload.exp! - payload.iat!, 60)
  t.notOk('workspace_id' in payload)
})

t.test('a workspace is told with the role held in it', async t => {
  const headers = build().prover.prove(access, workspace)
  t.equal(headerValue(headers, 'x-qlp-workspace-id'), lab.id)
  t.equal(headerValue(headers, 'x-qlp-roles'), 'member,workspace:member')
  t.equal((await verified(headers, startMs)).payload.workspace_id, lab.id)
})

t.test('a block is signed once, and again when half of its life is over', async t => {
  const { clock, prover, signatures } = build()
  const first = prover.prove(access, null)
  clock.advance(lifetimeMs / 2 - 1)
  t.equal(prover.prove(access, null), first)
  t.equal(signatures(), 1)
  clock.advance(1)
  const second = prover.prove(access, null)
  t.equal(signatures(), 2)
  await t.resolves(verified(second, clock.nowMs() + lifetimeMs - 1000))
  await t.rejects(verified(second, clock.nowMs() + lifetimeMs), { code: 'ERR_JWT_EXPIRED' })
})

t.test('another workspace, principal or access version has a block of its own', async t => {
  const { prover } = build()
  const newer = prepareAccess(accessDocument({ accessVersion: 8 }), permissions)
  const other = prepareAccess(
    accessDocument({ principal: { ...access.document.principal, userId: 'someone-else' } }),
    permissions,
  )
  prover.prove(access, null)
  t.equal(headerValue(prover.prove(access, workspace), 'x-qlp-workspace-id'), lab.id)
  t.equal(headerValue(prover.prove(access, null), 'x-qlp-workspace-id'), null)
  t.equal((await verified(prover.prove(newer, null), startMs)).payload.access_version, 8)
  t.equal(headerValue(prover.prove(other, null), 'x-qlp-user-id'), 'someone-else')
})

for (const role of [
  'owner\r\nX-QLP-Plan: enterprise',
  'guest,owner',
  'workspace:owner',
  'own er',
  'öwner',
  'owner\u0085',
  '',
]) {
  t.test(`a role that is no plain word is not sent: ${JSON.stringify(role)}`, async t => {
    const odd = prepareAccess(accessDocument({ role }), permissions)
    t.throws(() => build().prover.prove(odd, null), { code: 'INTERNAL', details: { fact: 'roles' } })
  })
}

t.test('nothing that is no plain word is sent of tenant, principal, workspace and plan', async t => {
  for (const odd of ['a\r\nX-QLP-Roles: owner', 'a,b', 'a b', 'a\u0085', 'a\u2028', '\uff41cme', '']) {
    const { tenant, principal, workspaces } = accessDocument()
    const refuses = (parts: Parameters<typeof accessDocument>[0], fact: string) => {
      const document = prepareAccess(accessDocument(parts), permissions)
      const place = fact === 'workspaceId' ? document.workspaces.get('lab')! : null
      t.throws(
        () => build().prover.prove(document, place),
        { code: 'INTERNAL', details: { fact } },
        `${fact} ${odd}`,
      )
    }
    refuses({ tenant: { ...tenant, id: odd } }, 'tenantId')
    refuses({ tenant: { ...tenant, plan: odd } }, 'plan')
    refuses({ principal: { ...principal, userId: odd } }, 'userId')
    refuses({ workspaces: workspaces.map(each => ({ ...each, id: odd })) }, 'workspaceId')
  }
})

t.test('the published set holds the public half only', async t => {
  const { keys } = build().prover.publicKeys()
  t.equal(keys.length, 1)
  t.equal(keys[0]!.kid, key.keyId)
  t.notOk('d' in keys[0]!)
})

t.test('what lets an operator in for a while is not proven beyond it', async t => {
  const breakGlass = { grantId: 'grant-1', expiresAtMs: startMs + 10_000 }
  const operator = prepareAccess(accessDocument({ breakGlass }), permissions)
  const headers = build().prover.prove(operator, null)
  t.match((await verified(headers, startMs)).payload, { exp: startMs / 1000 + 10 })
  await t.rejects(verified(headers, startMs + 10_000), { code: 'ERR_JWT_EXPIRED' })
})
