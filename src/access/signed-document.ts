import type { KeyObject } from 'node:crypto'
import { verify as verifyBytes } from 'node:crypto'
import { createCompactSigner } from '../lib/es256.ts'
import type { AccessDocument, AccessQuestion } from './document.ts'
import { readAccessDocument } from './read-document.ts'
import { namesTenant } from './tenant-reference.ts'

/** The `typ` of a signed access document: no other JWS that this key might sign can be taken for one (RFC 8725 §3.11). */
export const accessDocumentType = 'postern-access+jwt'

const keyIdLengthMax = 256

/** Signs what the control plane knows, so that whoever can write the shared store grants nothing. */
export type DocumentSigner = { readonly sign: (document: AccessDocument) => string }

/** The public keys of the control plane. Null for a key id it does not publish. */
export type DocumentKeys = { readonly find: (keyId: string) => KeyObject | null }

/** Why a signed document is not believed; becomes a metric label. */
export type DocumentRejection =
  | 'too_large'
  | 'malformed'
  | 'wrong_type'
  | 'unknown_key'
  | 'bad_signature'
  | 'unknown_shape'
  | 'other_question'

export type RejectedDocument = { readonly rejected: DocumentRejection }

export type DocumentVerifier = {
  /**
   * The document, if the control plane signed it and it answers this very question; it may still be too old to use.
   * Synchronous: one P-256 verification. Never throws for what is in `signed`.
   */
  readonly verify: (signed: string, question: AccessQuestion) => AccessDocument | RejectedDocument
}

/** @param options.key a P-256 private key; `keyId` is what the public key set calls it */
export function createDocumentSigner(options: {
  readonly key: KeyObject
  readonly keyId: string
  readonly issuer: string
}): DocumentSigner {
  const sign = createCompactSigner({
    privateKey: options.key,
    keyId: options.keyId,
    type: accessDocumentType,
  })
  return {
    sign(document) {
      const claims = { iss: options.issuer, iat: Math.floor(document.issuedAtMs / 1000), access: document }
      return sign(claims)
    },
  }
}

/** @param options.bytesMax the longest compact form that is looked at */
export function createDocumentVerifier(options: {
  readonly keys: DocumentKeys
  readonly bytesMax: number
}): DocumentVerifier {
  return {
    verify(signed, question) {
      if (signed.length > options.bytesMax) return rejection('too_large')
      const payloadAt = signed.indexOf('.') + 1
      const signatureAt = signed.indexOf('.', payloadAt) + 1
      if (payloadAt === 0 || signatureAt === 0) return rejection('malformed')

      const header = decode(signed.slice(0, payloadAt - 1))
      if (header === null || !isKeyId(header.kid)) return rejection('malformed')
      if (header.typ !== accessDocumentType || header.alg !== 'ES256') return rejection('wrong_type')
      if (header.crit !== undefined || header.b64 !== undefined) return rejection('wrong_type')

      const key = options.keys.find(header.kid)
      if (key === null) return rejection('unknown_key')
      const signature = bytesOf(signed.slice(signatureAt))
      if (signature === null) return rejection('malformed')
      const proven = isProven(key, signed.slice(0, signatureAt - 1), signature)
      if (!proven) return rejection('bad_signature')

      const document = readAccessDocument(decode(signed.slice(payloadAt, signatureAt - 1))?.access)
      if (document === null) return rejection('unknown_shape')
      return answers(document, question) ? document : rejection('other_question')
    },
  }
}

/** Bounded: whoever looks keys up may remember the ids that it did not find. */
function isKeyId(value: unknown): value is string {
  return typeof value === 'string' && value.length <= keyIdLengthMax
}

function answers(document: AccessDocument, question: AccessQuestion): boolean {
  const { tenant, principal } = document
  if (principal.issuer !== question.issuer || principal.subject !== question.subject) return false
  return namesTenant(question.tenantRef, tenant)
}

/** A key of another kind makes node:crypto throw for some kinds and say no for others: no it is. */
function isProven(key: KeyObject, text: string, signature: Buffer): boolean {
  try {
    return verifyBytes('sha256', Buffer.from(text), es256(key), signature)
  } catch {
    return false
  }
}

function es256(key: KeyObject): { key: KeyObject; dsaEncoding: 'ieee-p1363' } {
  return { key, dsaEncoding: 'ieee-p1363' }
}

function decode(part: string): Record<string, unknown> | null {
  const bytes = bytesOf(part)
  if (bytes === null) return null
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null
  } catch {
    return null
  }
}

/** Node decodes base64url leniently; one spelling only, so that a signed text cannot be written in two ways. */
function bytesOf(part: string): Buffer | null {
  const bytes = Buffer.from(part, 'base64url')
  return bytes.length > 0 && bytes.toString('base64url') === part ? bytes : null
}

function rejection(reason: DocumentRejection): RejectedDocument {
  return { rejected: reason }
}
