import { LRUCache } from 'lru-cache'
import { Fault } from '../lib/fault.ts'
import { SingleFlight, TooManyFlights } from '../lib/single-flight.ts'
import { hasEnded } from './break-glass.ts'
import type { AccessDocument, AccessQuestion } from './document.ts'
import type {
  DocumentLoaderEvents,
  DocumentLoaderOptions,
  DocumentOrigin,
  LoadedDocument,
} from './document-loader.ts'
import { createDocumentLoader } from './document-loader.ts'
import type { PermissionIndex } from './permission-set.ts'
import { prepareAccess } from './prepare-access.ts'
import type { PreparedAccess } from './prepared-access.ts'
import { canonicalReference, isTenantReference } from './tenant-reference.ts'

/** Who may do what where, as far as this sidecar knows. */
export type Directory = {
  /**
   * What this principal may do in that tenant; null when they have no place in it, or it does not exist. Answers at
   * once while what it remembers is fresh. Throws DIRECTORY_UNAVAILABLE when it cannot tell, never null.
   */
  readonly lookup: (
    issuer: string,
    subject: string,
    tenantRef: string,
  ) => PreparedAccess | null | Promise<PreparedAccess | null>
}

export type DirectoryOptions = Omit<DocumentLoaderOptions, 'bounds' | 'events'> & {
  readonly permissions: PermissionIndex
  readonly bounds: DirectoryBounds
  readonly events: DirectoryEvents
}

export type DirectoryBounds = DocumentLoaderOptions['bounds'] & {
  /** How long a document is used without asking again. */
  readonly freshMs: number
  /** One that was issued longer ago is loaded from the control plane, if that can be had. */
  readonly refreshMs: number
  /** How long "no place in this tenant" is remembered. */
  readonly absentMs: number
  /** How long a failed refresh is not repeated for the same principal and tenant. */
  readonly retryMs: number
  readonly documentsMax: number
  /** Of all remembered documents together, roughly. */
  readonly bytesMax: number
  readonly absencesMax: number
  /** Principals and tenants being looked up at a time. */
  readonly lookupsMax: number
}

export type DirectoryEvents = DocumentLoaderEvents & {
  /** Access was found where it said. */
  readonly onFound: (origin: DocumentOrigin | 'memory') => void
  /** There is no such place in such a tenant. */
  readonly onAbsent: () => void
  /** A document older than it should be was used, because nobody could be asked. */
  readonly onStale: (ageMs: number) => void
}

type Entry = {
  readonly access: PreparedAccess
  readonly bytes: number
  /** Monotonic: until when it is used without asking; moved on when a refresh fails. */
  freshUntilMs: number
  /** Monotonic: from when on the next request that uses it has it refreshed, without waiting; once per entry. */
  renewAtMs: number
  /** The last refresh failed: the next one must not keep a request waiting. */
  failing: boolean
}

/** Kept longer than it is answered from: a document from before the no must not come back out of Redis. */
type Absence = { readonly answerUntilMs: number; readonly deniedAtMs: number }

const entryOverheadBytes = 1024

/** The part of its freshness after which a document in use is refreshed, so that no request of it has to wait. */
const renewAfter = 2 / 3

/**
 * Builds the directory: what is remembered and fresh, then the store, then the control plane, and while that cannot be
 * asked the last known good document until it is `staleMs` old (fail static; an outage is never taken for a no). A
 * document under break-glass is not used past its end by any of these ways.
 */
export function createDirectory(options: DirectoryOptions): Directory {
  const { permissions, clock, bounds, events } = options
  const loader = createDocumentLoader(options)
  const flights = new SingleFlight<PreparedAccess | null>(bounds.lookupsMax)
  const absences = new LRUCache<string, Absence>({ max: bounds.absencesMax })
  const entries = new LRUCache<string, Entry>({
    max: bounds.documentsMax,
    maxSize: bounds.bytesMax,
    sizeCalculation: entry => entry.bytes,
  })
  return { lookup }

  function lookup(
    issuer: string,
    subject: string,
    reference: string,
  ): PreparedAccess | null | Promise<PreparedAccess | null> {
    const tenantRef = canonicalReference(reference)
    const key = `${issuer.length}:${issuer}${subject.length}:${subject}${tenantRef}`
    const entry = usable(key)
    const nowMs = clock.elapsedMs()
    if (entry !== undefined && nowMs < entry.freshUntilMs) {
      if (nowMs >= entry.renewAtMs) renew(key, { issuer, subject, tenantRef }, entry)
      return remembered(entry)
    }
    if (!isTenantReference(tenantRef) || isAbsent(key, nowMs)) {
      events.onAbsent()
      return null
    }
    const loading = load(key, { issuer, subject, tenantRef })
    if (entry === undefined || !entry.failing) return loading
    loading.catch(ignore)
    return remembered(entry)
  }

  function renew(key: string, question: AccessQuestion, entry: Entry): void {
    entry.renewAtMs = Number.POSITIVE_INFINITY
    load(key, question).catch(ignore)
  }

  function remembered(entry: Entry): PreparedAccess {
    if (entry.failing) events.onStale(ageMs(entry.access.document))
    else events.onFound('memory')
    return entry.access
  }

  /** What is remembered, unless it may not be used any more whatever happens. */
  function usable(key: string): Entry | undefined {
    const entry = entries.get(key)
    if (entry === undefined || isUsable(entry.access.document)) return entry
    entries.delete(key)
    return undefined
  }

  function isUsable(document: AccessDocument): boolean {
    return ageMs(document) < bounds.staleMs && !hasEnded(document, clock.nowMs())
  }

  function isAbsent(key: string, nowMs: number): boolean {
    const absence = absences.get(key)
    return absence !== undefined && nowMs < absence.answerUntilMs
  }

  async function load(key: string, question: AccessQuestion): Promise<PreparedAccess | null> {
    try {
      return await flights.run(key, () => loadOnce(key, question))
    } catch (error) {
      if (!(error instanceof TooManyFlights)) throw error
      throw new Fault('DIRECTORY_UNAVAILABLE', 'look up access: too many lookups wait already', {}, error)
    }
  }

  async function loadOnce(key: string, question: AccessQuestion): Promise<PreparedAccess | null> {
    const stored = await loader.fromStore(question)
    const candidate = stored === null || isOutdated(key, stored.document) ? null : stored
    if (candidate !== null && ageMs(candidate.document) <= bounds.refreshMs) {
      events.onFound('store')
      return install(key, candidate).access
    }
    try {
      const loaded = await loader.fromSource(question)
      if (loaded === null) return forget(key)
      const newer = isOlderThanHeld(key, loaded.document) ? usable(key) : undefined
      if (newer !== undefined) return keepGoing(newer)
      events.onFound('control')
      return install(key, loaded).access
    } catch (error) {
      // Whatever is held may have come to its end while the control plane was asked.
      const isCandidate = candidate !== null && isUsable(candidate.document)
      const held = isCandidate ? install(key, candidate) : usable(key)
      if (held === undefined) throw error
      return keepGoing(held)
    }
  }

  /** What the store holds tells nothing new if it is from before what is remembered, be that a document or a no. */
  function isOutdated(key: string, document: AccessDocument): boolean {
    const absence = absences.peek(key)
    if (absence !== undefined && document.issuedAtMs <= absence.deniedAtMs + bounds.skewMs) return true
    return isOlderThanHeld(key, document)
  }

  /** An older version never replaces a newer one, however late its loading ends (openfga#3155). */
  function isOlderThanHeld(key: string, document: AccessDocument): boolean {
    const held = entries.peek(key)?.access.document
    if (held === undefined) return false
    if (held.accessVersion !== document.accessVersion) return held.accessVersion > document.accessVersion
    return held.issuedAtMs > document.issuedAtMs
  }

  function install(key: string, { document, characters }: LoadedDocument): Entry {
    const untilRefreshMs = bounds.refreshMs - Math.max(0, ageMs(document))
    const freshMs = Math.max(bounds.retryMs, Math.min(bounds.freshMs, untilRefreshMs))
    const nowMs = clock.elapsedMs()
    const entry: Entry = {
      access: prepareAccess(document, permissions),
      bytes: entryOverheadBytes + 2 * key.length + 3 * characters,
      freshUntilMs: nowMs + freshMs,
      renewAtMs: nowMs + freshMs * renewAfter,
      failing: false,
    }
    entries.set(key, entry)
    return entry
  }

  function forget(key: string): null {
    entries.delete(key)
    absences.set(key, { answerUntilMs: clock.elapsedMs() + bounds.absentMs, deniedAtMs: clock.nowMs() })
    events.onAbsent()
    return null
  }

  function keepGoing(held: Entry): PreparedAccess {
    held.freshUntilMs = clock.elapsedMs() + bounds.retryMs
    held.failing = true
    events.onStale(ageMs(held.access.document))
    return held.access
  }

  function ageMs(document: AccessDocument): number {
    return clock.nowMs() - document.issuedAtMs
  }
}

function ignore(): void {}
