import type { AccessQuestion } from './document.ts'

/**
 * The shared level of the directory: signed documents, as compact JWS, in Redis. Whoever can write there grants
 * nothing, because the reader verifies. A store that cannot answer within its own deadline throws STORE_UNAVAILABLE.
 */
export type DocumentStore = {
  readonly get: (question: AccessQuestion) => Promise<StoredDocument | null>
  /** Kept for `ttlMs`; the control plane calls it after it has signed. */
  readonly put: (question: AccessQuestion, signed: string, ttlMs: number) => Promise<void>
}

export type StoredDocument = {
  readonly signed: string
  /**
   * The access version that was last told of the tenant by this name, 0 where none was for a while. It is read together
   * with the document, which is out of date when its own is lower, however late it was put.
   */
  readonly versionTold: number
}

/**
 * The control plane as the directory sees it. Answers null when this principal has no place in that tenant, which is
 * also the answer for a tenant that does not exist; throws DIRECTORY_UNAVAILABLE when it cannot tell.
 */
export type DocumentSource = { readonly load: (question: AccessQuestion) => Promise<string | null> }
