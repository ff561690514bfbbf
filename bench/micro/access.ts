import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { createDirectory } from '../../src/access/directory.ts'
import type { AccessDocument } from '../../src/access/document.ts'
import { PermissionIndex } from '../../src/access/permission-set.ts'
import { prepareAccess } from '../../src/access/prepare-access.ts'
import type { PreparedAccess } from '../../src/access/prepared-access.ts'
import { createDocumentSigner, createDocumentVerifier } from '../../src/access/signed-document.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { generateEs256Key } from '../../src/lib/es256.ts'
import { createAssertionSigner } from '../../src/signing/assertion.ts'
import { createProver } from '../../src/signing/prover.ts'
import type { Subject } from './timing.ts'

const issuer = 'https://id.example/v2.0/'
const tenantId = '0190a000-0000-7000-8000-00000000000a'
const lifetimeMs = 60_000
const clock = systemClock
const permissions = new PermissionIndex(['notes:read', 'notes:write'])
const quiet = () => {}

/** What remembering a prepared access document saves: the lookup, against verifying and preparing a signed one. */
export function directorySubjects(): readonly Subject[] {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const publicKey = createPublicKey(privateKey)
  const signer = createDocumentSigner({ key: privateKey, keyId: 'k1', issuer: 'https://control.example' })
  const { verify } = createDocumentVerifier({ keys: { find: () => publicKey }, bytesMax: 65_536 })
  const question = { issuer, subject: 'user-1', tenantRef: tenantId }
  const signed = signer.sign(document())
  const directory = createDirectory({
    store: null,
    source: { load: async () => signer.sign(document()) },
    verify,
    permissions,
    clock,
    bounds: {
      freshMs: 600_000,
      refreshMs: 600_000,
      staleMs: 900_000,
      absentMs: 5000,
      retryMs: 1000,
      skewMs: 5000,
      documentsMax: 1000,
      bytesMax: 10_000_000,
      absencesMax: 100,
      lookupsMax: 100,
      lookupsPerPrincipalMax: 100,
      lookupsPerPrincipalPerSecond: 100_000,
    },
    events: {
      onFound: quiet,
      onAbsent: quiet,
      onStale: quiet,
      onDropped: quiet,
      onRejected: quiet,
      onFailure: quiet,
    },
  })
  const principal = { issuer, subject: 'user-1' }
  const lookup = () => directory.lookup(principal, tenantId)
  const load = () => {
    const verified = verify(signed, question)
    if ('rejected' in verified) throw new Error('the document was not believed')
    return prepareAccess(verified, permissions)
  }
  return [
    {
      name: 'access, remembered',
      check: async () => {
        await lookup()
        expectTenant(lookup())
      },
      run: lookup,
    },
    { name: 'access, verified (ES256) and prepared', check: () => expectTenant(load()), run: load },
  ]
}

/** What caching the signed header block saves. */
export function proverSubjects(): readonly Subject[] {
  const key = generateEs256Key()
  const sign = createAssertionSigner({ key, issuer: 'postern:bench', audience: 'bench', lifetimeMs })
  const aliases = { tenantId: ['X-Tenant-ID'], workspaceId: [], userId: [], roles: [], plan: [] }
  const prover = createProver({ key, sign, lifetimeMs, prefix: 'X-QLP-', aliases, clock })
  const access = prepareAccess(document(), permissions)
  const signAnew = () => prover.prove({ ...access }, null)
  const cached = () => prover.prove(access, null)
  return [
    { name: 'proof, cached', check: () => expectAssertion(cached()), run: cached },
    { name: 'proof, signed (ES256)', check: () => expectAssertion(signAnew()), run: signAnew },
  ]
}

function document(): AccessDocument {
  return {
    tenant: {
      id: tenantId,
      slug: 'acme',
      status: 'active',
      plan: 'pro',
      limits: [{ name: 'minute', windowMs: 60_000, max: 6000 }],
    },
    principal: { issuer, subject: 'user-1', userId: '0190c000-0000-7000-8000-00000000000a' },
    accessVersion: 1,
    issuedAtMs: clock.nowMs(),
    role: 'member',
    permissions: ['notes:read'],
    breakGlass: null,
    workspaces: [],
  }
}

function expectTenant(found: unknown): void {
  const access = found as PreparedAccess
  if (access.document.tenant.id !== tenantId) throw new Error('the wrong access was found')
}

function expectAssertion(headers: readonly string[]): void {
  if (!headers.includes('X-QLP-Assertion') || !headers.includes(tenantId))
    throw new Error('the proof is not whole')
}
