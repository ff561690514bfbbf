import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { hasEnded } from './break-glass.ts'
import type { AccessDocument, AccessQuestion } from './document.ts'
import type { DocumentSource, DocumentStore, StoredDocument } from './ports.ts'
import type { DocumentVerifier } from './signed-document.ts'
import { namesTenant } from './tenant-reference.ts'

/** Fetches signed documents and believes only what the control plane signed for this very question. */
export type DocumentLoader = {
  /** Null also when the store cannot answer, and for what it should not hold: the control plane decides then. */
  readonly fromStore: (question: AccessQuestion) => Promise<LoadedDocument | null>
  /** Null only when the control plane said no; throws DIRECTORY_UNAVAILABLE when it cannot tell. */
  readonly fromSource: (question: AccessQuestion) => Promise<LoadedDocument | null>
}

/** `characters` is the length of the signed text. */
export type LoadedDocument = { readonly document: AccessDocument; readonly characters: number }

/** Where a document came from. */
export type DocumentOrigin = 'store' | 'control'

export type DocumentLoaderEvents = {
  /** A document was not believed; `reason` is one of a few words. */
  readonly onRejected: (origin: DocumentOrigin, reason: string) => void
  readonly onFailure: (origin: DocumentOrigin) => void
}

export type DocumentLoaderOptions = {
  /** Null where there is no Redis. */
  readonly store: DocumentStore | null
  readonly source: DocumentSource
  readonly verify: DocumentVerifier['verify']
  readonly clock: Clock
  readonly bounds: {
    /** A document issued longer ago is as good as none. */
    readonly staleMs: number
    /** How far the control plane's clock may run ahead of ours. */
    readonly skewMs: number
  }
  readonly events: DocumentLoaderEvents
}

export function createDocumentLoader(options: DocumentLoaderOptions): DocumentLoader {
  const { store, source, verify, clock, bounds, events } = options
  return {
    async fromStore(question) {
      if (store === null) return null
      try {
        const stored = await store.get(question)
        return stored === null ? null : believeStored(stored, question)
      } catch {
        events.onFailure('store')
        return null
      }
    },
    async fromSource(question) {
      try {
        const signed = await source.load(question)
        if (signed === null) return null
        const loaded = believe('control', signed, question)
        if (loaded !== null) return loaded
      } catch (error) {
        events.onFailure('control')
        throw asUnavailable(error)
      }
      throw new Fault('DIRECTORY_UNAVAILABLE', 'believe a document of the control plane')
    },
  }

  function believeStored(stored: StoredDocument, question: AccessQuestion): LoadedDocument | null {
    const loaded = believe('store', stored.signed, question)
    if (loaded === null || loaded.document.accessVersion >= stored.versionTold) return loaded
    events.onRejected('store', 'outdated')
    return null
  }

  function believe(origin: DocumentOrigin, signed: string, question: AccessQuestion): LoadedDocument | null {
    const document = verify(signed, question)
    if ('rejected' in document) {
      events.onRejected(origin, document.rejected)
      return null
    }
    const objection = objectionTo(document, question)
    if (objection === null) return { document, characters: signed.length }
    events.onRejected(origin, objection)
    return null
  }

  /** The verifier has compared names already; that one principal's document is not used for another is said twice. */
  function objectionTo(document: AccessDocument, question: AccessQuestion): string | null {
    const { principal, tenant, issuedAtMs } = document
    if (principal.issuer !== question.issuer || principal.subject !== question.subject)
      return 'other_principal'
    if (!namesTenant(question.tenantRef, tenant)) return 'other_tenant'
    const nowMs = clock.nowMs()
    const ageMs = nowMs - issuedAtMs
    if (ageMs < -bounds.skewMs) return 'from_the_future'
    if (hasEnded(document, nowMs)) return 'ended'
    return ageMs >= bounds.staleMs ? 'too_old' : null
  }
}

function asUnavailable(error: unknown): Fault {
  if (error instanceof Fault && error.code === 'DIRECTORY_UNAVAILABLE') return error
  return new Fault('DIRECTORY_UNAVAILABLE', 'ask the control plane for access', {}, error)
}
