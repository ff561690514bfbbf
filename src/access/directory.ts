import { Fault } from '../lib/fault.ts'
import { ownCopy } from '../lib/own-copy.ts'
import { SingleFlight, TooManyFlights } from '../lib/single-flight.ts'
import type { AccessMemoryBounds, Entry, EntryPointer } from './access-memory.ts'
import { AccessMemory } from './access-memory.ts'
import type { AccessQuestion } from './document.ts'
import type {
  DocumentLoaderEvents,
  DocumentLoaderOptions,
  DocumentOrigin,
  LoadedDocument,
} from './document-loader.ts'
import { createDocumentLoader } from './document-loader.ts'
import type { AccessChanged } from './feed.ts'
import type { PermissionIndex } from './permission-set.ts'
import type { PreparedAccess } from './prepared-access.ts'
import { PrincipalShare } from './principal-share.ts'
import { canonicalReference, isTenantReference } from './tenant-reference.ts'

/** Who asks. The claims of a remembered token are one: what was found for the same object is found at once. */
export type Principal = { readonly issuer: string; readonly subject: string }

/** Who may do what where, as far as this sidecar knows. */
export type Directory = {
  /**
   * What this principal may do in that tenant; null when they have no place in it, or it does not exist. Answers at
   * once while what it remembers is fresh. Throws DIRECTORY_UNAVAILABLE when it cannot tell, never null.
   *
   * @param accessVersionMin what is remembered at a lower version is not enough: the control plane is asked, and its
   *   answer is lower only where the tenant itself is
   */
  readonly lookup: (
    principal: Principal,
    tenantRef: string,
    accessVersionMin?: number,
  ) => PreparedAccess | null | Promise<PreparedAccess | null>
  /** The access of a tenant has changed: what is older is not used again, not even when nobody can be asked. */
  readonly changed: (change: Omit<AccessChanged, 'kind'>) => void
  /** The same, told by the control plane when it was asked: null for a tenant that does not exist. */
  readonly confirm: (tenantId: string, accessVersion: number | null) => void
  /** The tenants of which something is remembered. */
  readonly heldTenants: () => readonly string[]
}

export type DirectoryOptions = Omit<DocumentLoaderOptions, 'bounds' | 'events'> & {
  readonly permissions: PermissionIndex
  readonly bounds: DirectoryBounds
  readonly events: DirectoryEvents
}

export type DirectoryBounds = AccessMemoryBounds & {
  /** Principals and tenants being looked up at a time. */
  readonly lookupsMax: number
  /** Of those, for one principal: whoever asks for tenants at random keeps only themselves waiting. */
  readonly lookupsPerPrincipalMax: number
  /** And in a second, evenly. */
  readonly lookupsPerPrincipalPerSecond: number
}

export type DirectoryEvents = DocumentLoaderEvents & {
  /** Access was found where it said. */
  readonly onFound: (origin: DocumentOrigin | 'memory') => void
  /** There is no such place in such a tenant. */
  readonly onAbsent: () => void
  /** A document older than it should be was used, because nobody could be asked. */
  readonly onStale: (ageMs: number) => void
  /** Remembered documents were dropped, because their tenant has changed. */
  readonly onDropped: (documents: number) => void
}

type Answer = PreparedAccess | null
type Place = { readonly reference: string; readonly pointer: EntryPointer }

/** How often something is loaded anew because of changes that were heard of meanwhile. */
const loadsMax = 4

/**
 * Builds the directory: what is remembered and fresh, then the store, then the control plane, and while that cannot be
 * asked the last known good document until it is `staleMs` old (fail static; an outage is never taken for a no). By
 * none of these ways is a document used that is known to be out of date, or under break-glass past its end.
 */
export function createDirectory(options: DirectoryOptions): Directory {
  const { clock, bounds, events } = options
  const loader = createDocumentLoader(options)
  const memory = new AccessMemory({ ...options, onDropped: events.onDropped })
  const flights = new SingleFlight<Answer>(bounds.lookupsMax)
  const share = new PrincipalShare({
    atOnceMax: bounds.lookupsPerPrincipalMax,
    perSecondMax: bounds.lookupsPerPrincipalPerSecond,
    principalsMax: bounds.documentsMax,
    clock,
  })
  // Where a remembered token was found last: it asks for the same tenant again and again.
  const places = new WeakMap<Principal, Place>()

  return {
    lookup(principal, reference, accessVersionMin = 0) {
      const nowMs = clock.elapsedMs()
      const place = places.get(principal)
      const entry = place !== undefined && place.reference === reference ? place.pointer.entry : null
      if (
        entry !== null &&
        memory.isAtHand(entry, nowMs) &&
        entry.access.document.accessVersion >= accessVersionMin
      ) {
        return use(entry, principal, nowMs)
      }
      return find(principal, reference, accessVersionMin, nowMs)
    },
    changed: ({ tenantId, slug, accessVersion }) => memory.forget([tenantId, slug], tenantId, accessVersion),
    confirm(tenantId, accessVersion) {
      if (accessVersion === null) memory.forgetAll(tenantId)
      else memory.forget([tenantId], tenantId, accessVersion)
    },
    heldTenants: () => memory.tenantIds(),
  }

  function find(
    principal: Principal,
    asked: string,
    accessVersionMin: number,
    nowMs: number,
  ): Answer | Promise<Answer> {
    if (!isTenantReference(asked)) return absent()
    // It may be a piece of the request's target, and what is remembered outlives the request.
    const reference = ownCopy(asked)
    const tenantRef = canonicalReference(reference)
    const key = keyOf(principal, tenantRef)
    const entry = memory.usable(key)
    const isEnough = entry !== undefined && entry.access.document.accessVersion >= accessVersionMin
    if (isEnough && memory.isAtHand(entry, nowMs)) {
      places.set(principal, { reference, pointer: entry.pointer })
      return use(entry, principal, nowMs)
    }
    if (accessVersionMin === 0 && memory.isAbsent(key, nowMs)) return absent()
    const loading = load(key, { ...nameOf(principal), tenantRef }, accessVersionMin)
    if (!isEnough || nowMs >= entry.failingUntilMs) return loading
    loading.catch(ignore)
    return remembered(entry, nowMs)
  }

  function absent(): null {
    events.onAbsent()
    return null
  }

  function use(entry: Entry, principal: Principal, nowMs: number): PreparedAccess {
    memory.touch(entry, nowMs)
    if (nowMs >= entry.renewAtMs) {
      entry.renewAtMs = Number.POSITIVE_INFINITY
      load(entry.key, { ...nameOf(principal), tenantRef: entry.tenantRef }, 0).catch(ignore)
    }
    return remembered(entry, nowMs)
  }

  function remembered(entry: Entry, nowMs: number): PreparedAccess {
    if (nowMs < entry.failingUntilMs) events.onStale(memory.ageMs(entry.access.document))
    else events.onFound('memory')
    return entry.access
  }

  /** Callers share a load that asks for the same; each principal has a share of all loads. */
  async function load(key: string, question: AccessQuestion, accessVersionMin: number): Promise<Answer> {
    const flight = accessVersionMin === 0 ? key : `${accessVersionMin}@${key}`
    try {
      return await flights.run(flight, () =>
        share.run(keyOf(question, ''), () => loadUntilSettled(key, question, accessVersionMin)),
      )
    } catch (error) {
      if (!(error instanceof TooManyFlights)) throw error
      throw new Fault('DIRECTORY_UNAVAILABLE', 'look up access: too many lookups wait already', {}, error)
    }
  }

  /** What was loaded while a change of the tenant was heard of may be from before it: it is loaded anew. */
  async function loadUntilSettled(
    key: string,
    question: AccessQuestion,
    accessVersionMin: number,
  ): Promise<Answer> {
    for (let loads = 1; loads <= loadsMax; loads += 1) {
      const heard = memory.changes.heard
      const answer = await loadOnce(key, question, accessVersionMin)
      if (answer === 'outdated') continue
      if (answer !== null) return answer
      if (memory.changes.since(heard, question.tenantRef)) continue
      memory.deny(key, question.tenantRef)
      return absent()
    }
    throw new Fault('DIRECTORY_UNAVAILABLE', 'look up access: it changes faster than it can be loaded')
  }

  async function loadOnce(
    key: string,
    question: AccessQuestion,
    accessVersionMin: number,
  ): Promise<Answer | 'outdated'> {
    const candidate = await fromStore(key, question, accessVersionMin)
    if (candidate !== null && memory.isYoung(candidate.document)) {
      events.onFound('store')
      return memory.remember(key, question.tenantRef, candidate).access
    }
    try {
      const loaded = await loader.fromSource(question)
      if (loaded === null) return null
      if (memory.isBelowFloor(loaded.document)) return 'outdated'
      events.onFound('control')
      const newer = memory.isOlderThanHeld(key, loaded.document) ? memory.usable(key) : undefined
      if (newer !== undefined) return memory.keep(newer, false).access
      return memory.remember(key, question.tenantRef, loaded).access
    } catch (error) {
      const held = lastKnownGood(key, question, candidate)
      if (held === undefined || held.access.document.accessVersion < accessVersionMin) throw error
      return keepGoing(held)
    }
  }

  async function fromStore(
    key: string,
    question: AccessQuestion,
    accessVersionMin: number,
  ): Promise<LoadedDocument | null> {
    const stored = await loader.fromStore(question)
    if (stored === null || stored.document.accessVersion < accessVersionMin) return null
    return memory.isOutdated(key, stored.document) ? null : stored
  }

  /** Whatever is held may have come to its end, or have been changed, while the control plane was asked. */
  function lastKnownGood(
    key: string,
    { tenantRef }: AccessQuestion,
    candidate: LoadedDocument | null,
  ): Entry | undefined {
    const isGood =
      candidate !== null && memory.isUsable(candidate.document) && !memory.isOutdated(key, candidate.document)
    return isGood ? memory.remember(key, tenantRef, candidate) : memory.usable(key)
  }

  function keepGoing(held: Entry): PreparedAccess {
    events.onStale(memory.ageMs(held.access.document))
    return memory.keep(held, true).access
  }
}

function keyOf({ issuer, subject }: Principal, tenantRef: string): string {
  return `${issuer.length}:${issuer}${subject.length}:${subject}${tenantRef}`
}

/** Of a principal only this: the object may be the claims of a token, which know more. */
function nameOf({ issuer, subject }: Principal): Principal {
  return { issuer, subject }
}

function ignore(): void {}
