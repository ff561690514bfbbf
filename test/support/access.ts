import { generateKeyPairSync } from 'node:crypto'
import type { AccessDocument, AccessQuestion } from '../../src/access/document.ts'
import { createDocumentSigner, createDocumentVerifier } from '../../src/access/signed-document.ts'

export const acme = Object.freeze({ id: '0190a000-0000-7000-8000-00000000000a', slug: 'acme' })
export const globex = Object.freeze({ id: '0190a000-0000-7000-8000-00000000000b', slug: 'globex' })
export const lab = Object.freeze({ id: '0190b000-0000-7000-8000-00000000000a', slug: 'lab' })
export const annex = Object.freeze({ id: '0190b000-0000-7000-8000-00000000000b', slug: 'annex' })

export const issuer = 'https://id.example/v2.0/'

type Names = { readonly id: string; readonly slug: string }

/** A member of `acme`, who may read notes there and also write them in the workspace `lab`. */
export function accessDocument(
  more: Partial<Omit<AccessDocument, 'tenant'>> & {
    readonly tenant?: Partial<AccessDocument['tenant']>
  } = {},
): AccessDocument {
  return {
    principal: { issuer, subject: 'member', userId: '0190c000-0000-7000-8000-00000000000a' },
    accessVersion: 1,
    issuedAtMs: 0,
    role: 'member',
    permissions: ['notes.read'],
    breakGlass: null,
    workspaces: [
      { ...lab, role: 'member', permissions: ['notes.write'] },
      { ...annex, role: 'guest', permissions: [] },
    ],
    ...more,
    tenant: {
      ...acme,
      status: 'active',
      plan: 'pro',
      limits: [{ name: 'minute', windowMs: 60_000, max: 600 }],
      ...more.tenant,
    },
  }
}

export function question(tenantRef = 'acme', subject = 'member'): AccessQuestion {
  return { issuer, subject, tenantRef }
}

/** The document that answers `asked`, whichever tenant it names. */
export function answerTo(
  asked: AccessQuestion,
  more: Parameters<typeof accessDocument>[0] = {},
  tenant: Names = { id: `id-of-${asked.tenantRef}`, slug: asked.tenantRef },
): AccessDocument {
  const principal = { issuer: asked.issuer, subject: asked.subject, userId: `user-${asked.subject}` }
  return accessDocument({ principal, ...more, tenant: { ...tenant, ...more.tenant } })
}

/** A control plane's key: what it signs, its verifier believes. */
export function documentKeys() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { sign } = createDocumentSigner({ key: privateKey, keyId: 'k1', issuer: 'https://control.example' })
  const keys = { find: (keyId: string) => (keyId === 'k1' ? publicKey : null) }
  const { verify } = createDocumentVerifier({ keys, bytesMax: 65_536 })
  return { sign, verify }
}
