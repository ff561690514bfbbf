import type { Clock } from '../lib/clock.ts'
import { hasEnded } from './break-glass.ts'
import type { DigestedDocument } from './document.ts'
import type { LoadedDocument } from './document-loader.ts'
import { GroupedCache } from './grouped-cache.ts'
import type { PermissionIndex } from './permission-set.ts'
import { prepareAccess } from './prepare-access.ts'
import type { PreparedAccess } from './prepared-access.ts'
import { TenantChanges } from './tenant-changes.ts'

export type AccessMemoryBounds = {
  /** How long a document is used without asking again. */
  readonly freshMs: number
  /** One that was issued longer ago is loaded from the control plane, if that can be had. */
  readonly refreshMs: number
  /** One that was issued longer ago is never used. */
  readonly staleMs: number
  /** How long "no place in this tenant" is remembered. */
  readonly absentMs: number
  /** How long a failed refresh is not repeated for the same principal and tenant. */
  readonly retryMs: number
  /** How far the control plane's clock may run ahead of ours. */
  readonly skewMs: number
  readonly documentsMax: number
  /** Of all remembered documents together, roughly. */
  readonly bytesMax: number
  readonly absencesMax: number
}

export type AccessMemoryOptions = {
  readonly permissions: PermissionIndex
  readonly clock: Clock
  readonly bounds: AccessMemoryBounds
  /** Remembered documents were dropped, because their tenant has changed. */
  readonly onDropped: (documents: number) => void
}

/** One principal's access in one tenant, remembered. */
export type Entry = {
  readonly key: string
  /** How the tenant was named when it was loaded. */
  readonly tenantRef: string
  readonly access: PreparedAccess
  /** Monotonic: from then on it is not used, wherever the wall clock is set meanwhile. */
  readonly usableUntilMs: number
  /** Monotonic: until when it is used without asking; moved on when a refresh fails. */
  freshUntilMs: number
  /** Monotonic: from when on the next request that uses it has it refreshed, without waiting; once per entry. */
  renewAtMs: number
  /** Monotonic: a refresh has failed; until then the next one does not keep a request waiting. */
  failingUntilMs: number
  /** How others point at it. */
  readonly pointer: EntryPointer
  /** Monotonic: when it was last counted as used. */
  usedAtMs: number
}

/**
 * What whoever wants to find an entry again may keep, for however long: it is emptied when the entry is dropped, so that
 * nothing keeps a document in memory that is not counted any more.
 */
export type EntryPointer = { entry: Entry | null }

/** Kept longer than it is answered from: a document from before the no must not come back out of Redis. */
type Absence = { readonly answerUntilMs: number; readonly deniedAtMs: number }

/** What an entry takes whatever it says, and at most for each character of the signed text: many short workspaces. */
const entryOverheadBytes = 1024
const bytesOfCharacter = 2

/** The part of its freshness after which a document in use is refreshed, so that no request of it has to wait. */
const renewAfter = 2 / 3

/** How often an entry in use counts as used, so that it is not the one that is dropped. */
const touchMs = 1000

/** What is remembered of principals in tenants, the noes too, and what was heard of their changes. */
export class AccessMemory {
  readonly changes: TenantChanges
  readonly #options: AccessMemoryOptions
  readonly #entries: GroupedCache<Entry>
  readonly #absences: GroupedCache<Absence>
  /** The tenants of which something remembered is older than a change, with its version: dropped before anything is used. */
  readonly #toForget = new Map<string, number>()

  constructor(options: AccessMemoryOptions) {
    const { documentsMax, bytesMax, absencesMax } = options.bounds
    this.#options = options
    this.changes = new TenantChanges({
      tenantsMax: documentsMax,
      keepMs: options.bounds.staleMs,
      clock: options.clock,
    })
    this.#absences = new GroupedCache({ max: absencesMax })
    this.#entries = new GroupedCache({ max: documentsMax, sizeMax: bytesMax }, ({ pointer }) => {
      pointer.entry = null
    })
  }

  /** What is remembered, unless it may not be used any more whatever happens. */
  usable(key: string): Entry | undefined {
    this.#dropForgotten()
    const entry = this.#entries.get(key)
    if (entry === undefined || this.#isEntryUsable(entry, this.#clock.elapsedMs())) return entry
    this.#entries.delete(key)
    return undefined
  }

  isUsable(document: DigestedDocument): boolean {
    return this.ageMs(document) < this.#options.bounds.staleMs && !hasEnded(document, this.#clock.nowMs())
  }

  /** May it be used without asking anyone? */
  isAtHand(entry: Entry, nowMs: number): boolean {
    this.#dropForgotten()
    return entry.pointer.entry !== null && nowMs < entry.freshUntilMs && this.#isEntryUsable(entry, nowMs)
  }

  touch(entry: Entry, nowMs: number): void {
    if (nowMs < entry.usedAtMs + touchMs) return
    entry.usedAtMs = nowMs
    this.#entries.get(entry.key)
  }

  /**
   * What the shared store holds tells nothing new if it is from before what is remembered, be that a document or a no;
   * nor does anything that is older than a change that was heard of.
   */
  isOutdated(key: string, document: DigestedDocument): boolean {
    const absence = this.#absences.peek(key)
    const deniedMs = absence === undefined ? Number.NEGATIVE_INFINITY : absence.deniedAtMs
    if (document.issuedAtMs <= deniedMs + this.#options.bounds.skewMs) return true
    return this.isBelowFloor(document) || this.isOlderThanHeld(key, document)
  }

  isBelowFloor({ tenant, accessVersion }: DigestedDocument): boolean {
    return accessVersion < this.changes.floorOf(tenant.id)
  }

  /** An older version never replaces a newer one, however late its loading ends (openfga#3155). */
  isOlderThanHeld(key: string, document: DigestedDocument): boolean {
    const held = this.#entries.peek(key)?.access.document
    if (held === undefined) return false
    if (held.accessVersion !== document.accessVersion) return held.accessVersion > document.accessVersion
    return held.issuedAtMs > document.issuedAtMs
  }

  /** Young enough to be taken from the shared store, and to be refreshed in time before it is too old. */
  isYoung(document: DigestedDocument): boolean {
    return this.ageMs(document) <= this.#options.bounds.refreshMs * renewAfter
  }

  remember(key: string, tenantRef: string, { document, characters }: LoadedDocument): Entry {
    const { bounds, permissions } = this.#options
    const untilRefreshMs = bounds.refreshMs - Math.max(0, this.ageMs(document))
    const freshMs = Math.max(bounds.retryMs, Math.min(bounds.freshMs, untilRefreshMs))
    const nowMs = this.#clock.elapsedMs()
    const pointer: EntryPointer = { entry: null }
    const entry: Entry = {
      key,
      tenantRef,
      access: prepareAccess(document, permissions),
      usableUntilMs: nowMs + this.#leftMs(document),
      freshUntilMs: nowMs + freshMs,
      renewAtMs: nowMs + freshMs * renewAfter,
      failingUntilMs: 0,
      pointer,
      usedAtMs: nowMs,
    }
    pointer.entry = entry
    const bytes = entryOverheadBytes + 2 * key.length + bytesOfCharacter * characters
    this.#entries.set(key, document.tenant.id, entry, bytes)
    return entry
  }

  /** Nothing newer could be had: `entry` serves on, and is not asked about for a while. */
  keep(entry: Entry, hasFailed: boolean): Entry {
    const nowMs = this.#clock.elapsedMs()
    entry.freshUntilMs = nowMs + this.#options.bounds.retryMs
    entry.failingUntilMs = hasFailed ? nowMs + this.#options.bounds.freshMs : 0
    return entry
  }

  deny(key: string, tenantRef: string): void {
    const answerUntilMs = this.#clock.elapsedMs() + this.#options.bounds.absentMs
    this.#entries.delete(key)
    this.#absences.set(key, tenantRef, { answerUntilMs, deniedAtMs: this.#clock.nowMs() })
  }

  isAbsent(key: string, nowMs: number): boolean {
    const absence = this.#absences.get(key)
    return absence !== undefined && nowMs < absence.answerUntilMs
  }

  /**
   * Forgets what is older than a change; the noes as well, since somebody may have been let in. A tenant may have
   * thousands of entries and be heard of thousands of times in a row: they are looked through once, before the next use.
   */
  forget(references: readonly string[], tenantId: string, accessVersion: number): void {
    this.changes.note(references, accessVersion)
    for (const reference of references) this.#absences.dropFrom(reference, () => true)
    if (!this.#entries.hasGroup(tenantId)) return
    this.#toForget.set(tenantId, Math.max(accessVersion, this.#toForget.get(tenantId) ?? 0))
  }

  /** Forgets all of a tenant that is no more. */
  forgetAll(tenantId: string): void {
    this.#drop(tenantId, () => true)
  }

  /** The tenants that a document is remembered of. */
  tenantIds(): readonly string[] {
    this.#dropForgotten()
    return this.#entries.groups()
  }

  ageMs(document: DigestedDocument): number {
    return this.#clock.nowMs() - document.issuedAtMs
  }

  #isEntryUsable(entry: Entry, nowMs: number): boolean {
    return nowMs < entry.usableUntilMs && this.isUsable(entry.access.document)
  }

  /** How long a document may be used yet, by the wall clock of this moment. */
  #leftMs(document: DigestedDocument): number {
    const staleInMs = this.#options.bounds.staleMs - Math.max(0, this.ageMs(document))
    const { breakGlass } = document
    return breakGlass === null ? staleInMs : Math.min(staleInMs, breakGlass.expiresAtMs - this.#clock.nowMs())
  }

  #dropForgotten(): void {
    if (this.#toForget.size === 0) return
    for (const [tenantId, accessVersion] of this.#toForget)
      this.#drop(tenantId, ({ access }) => access.document.accessVersion < accessVersion)
    this.#toForget.clear()
  }

  #drop(tenantId: string, isToGo: (entry: Entry) => boolean): void {
    const dropped = this.#entries.dropFrom(tenantId, isToGo)
    if (dropped > 0) this.#options.onDropped(dropped)
  }

  get #clock(): Clock {
    return this.#options.clock
  }
}
