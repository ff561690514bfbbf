import type { DirectoryBounds } from '../../src/access/directory.ts'
import { createDirectory } from '../../src/access/directory.ts'
import type { AccessDocument, AccessQuestion } from '../../src/access/document.ts'
import { PermissionIndex } from '../../src/access/permission-set.ts'
import type { PreparedAccess } from '../../src/access/prepared-access.ts'
import { Fault } from '../../src/lib/fault.ts'
import type { ManualClock } from './manual-clock.ts'
import { integerBelow } from './random.ts'

export const issuer = 'https://id.example/'
export const worldBounds: DirectoryBounds = {
  freshMs: 30_000,
  refreshMs: 60_000,
  staleMs: 900_000,
  absentMs: 5000,
  retryMs: 1000,
  skewMs: 5000,
  documentsMax: 50,
  bytesMax: 1_000_000,
  absencesMax: 4,
  lookupsMax: 1000,
  lookupsPerPrincipalMax: 1000,
  lookupsPerPrincipalPerSecond: 100_000,
}

/** What is true of a tenant: who has which role, at which version, and since when it said so. */
type Tenant = {
  readonly id: string
  readonly slug: string
  version: number
  readonly roles: Map<string, string>
  /** For each version who had a role, and when it began. */
  readonly history: { version: number; fromMs: number; roles: ReadonlyMap<string, string> }[]
}

type Told = { readonly tenant: Tenant; readonly version: number }

/** One sidecar's directory in a small world, whose control plane, Redis and feed do what chance tells them to. */
export class DirectoryWorld {
  readonly tenants: readonly Tenant[]
  readonly clock: ManualClock
  readonly #random: () => number
  readonly #documents = new Map<string, string>()
  readonly #versions = new Map<string, number>()
  /** What a control plane or Redis still owes: answers in any order, and puts that may come very late. */
  readonly #owed = { answers: [] as (() => void)[], puts: [] as (() => void)[] }
  #feed: Told[] = []
  /** By tenant: the highest version that this sidecar has heard of, or asked for. */
  readonly heard = new Map<string, number>()
  /** By principal and name of the tenant: the last version that was answered. Nothing is dropped for want of room. */
  readonly answered = new Map<string, number>()
  /** When the control plane last failed to answer. */
  failedMs = Number.NEGATIVE_INFINITY
  controlAway = false
  redisAway = false
  feedCut = false
  directory = this.#start()

  constructor(clock: ManualClock, random: () => number, tenantCount: number) {
    this.clock = clock
    this.#random = random
    this.tenants = Array.from({ length: tenantCount }, (_, index) => ({
      id: `id-${index}`,
      slug: `slug-${index}`,
      version: 1,
      roles: new Map<string, string>(),
      history: [{ version: 1, fromMs: clock.nowMs(), roles: new Map() }],
    }))
    this.directory = this.#start()
  }

  /** Something is decided in a tenant; its event waits for the relay. */
  change(tenant: Tenant, subject: string, role: string | null): void {
    tenant.version += 1
    if (role === null) tenant.roles.delete(subject)
    else tenant.roles.set(subject, role)
    tenant.history.push({
      version: tenant.version,
      fromMs: this.clock.nowMs(),
      roles: new Map(tenant.roles),
    })
    this.#unrelayed.push({ tenant, version: tenant.version })
  }

  readonly #unrelayed: Told[] = []

  /** A change that this sidecar hears of at once, whatever is under way. */
  changeSwiftly(tenant: Tenant, subject: string, role: string | null): void {
    this.change(tenant, subject, role)
    if (this.redisAway || this.feedCut) return
    const { id, slug, version } = tenant
    for (const ref of [id, slug]) this.#versions.set(ref, version)
    this.directory.changed({ tenantId: id, slug, accessVersion: version })
    this.#raise(id, version)
  }

  /** A relay tells an event, perhaps twice, perhaps not the oldest first. */
  relay(): void {
    if (this.redisAway || this.#unrelayed.length === 0) return
    const told = this.#unrelayed[integerBelow(this.#random, this.#unrelayed.length)]!
    for (const ref of [told.tenant.id, told.tenant.slug]) {
      this.#versions.set(ref, Math.max(told.version, this.#versions.get(ref) ?? 0))
    }
    if (!this.feedCut) this.#feed.push(told)
    if (this.#random() < 0.8) this.#unrelayed.splice(this.#unrelayed.indexOf(told), 1)
  }

  /** The sidecar hears the next message. */
  hear(): void {
    const told = this.#feed.shift()
    if (told === undefined) return
    const { id, slug } = told.tenant
    this.directory.changed({ tenantId: id, slug, accessVersion: told.version })
    this.#raise(id, told.version)
  }

  /** The feed is back after it was cut: what was told meanwhile is asked for. */
  reconnect(): void {
    this.feedCut = false
    if (this.controlAway) return
    for (const tenantId of this.directory.heldTenants()) {
      const { version } = this.tenants.find(({ id }) => id === tenantId)!
      this.directory.confirm(tenantId, version)
      this.#raise(tenantId, version)
    }
  }

  cutFeed(): void {
    this.feedCut = true
    this.#feed = []
  }

  flushRedis(): void {
    this.#documents.clear()
    this.#versions.clear()
  }

  /** A new process knows nothing, and has heard nothing. */
  restart(): void {
    this.directory = this.#start()
    this.heard.clear()
    this.answered.clear()
    this.#feed = []
  }

  turnControl(): void {
    this.controlAway = !this.controlAway
  }

  turnRedis(): void {
    this.redisAway = !this.redisAway
  }

  /** Something that is owed arrives; false where nothing was owed. */
  settle(kind: 'answers' | 'puts' = this.#random() < 0.8 ? 'answers' : 'puts'): boolean {
    const owed = this.#owed[kind]
    if (owed.length === 0) return false
    const [pay] = owed.splice(integerBelow(this.#random, owed.length), 1)
    pay!()
    return true
  }

  roleAt(tenant: Tenant, version: number, subject: string): string | undefined {
    return tenant.history.find(each => each.version === version)?.roles.get(subject)
  }

  /** Was there a moment since `sinceMs`, at `version` or later, at which the subject had no place? */
  wasAbsent(tenant: Tenant, subject: string, sinceMs: number, version: number): boolean {
    return tenant.history.some((each, index) => {
      const untilMs = tenant.history[index + 1]?.fromMs ?? Number.POSITIVE_INFINITY
      return each.version >= version && untilMs >= sinceMs && !each.roles.has(subject)
    })
  }

  #raise(tenantId: string, version: number): void {
    this.heard.set(tenantId, Math.max(version, this.heard.get(tenantId) ?? 0))
  }

  #start() {
    return createDirectory({
      store: {
        get: question => this.#answer(() => this.#fromRedis(question)),
        put: () => Promise.reject(new Error('a sidecar never writes')),
      },
      source: { load: question => this.#load(question) },
      verify: signed => JSON.parse(signed) as AccessDocument,
      permissions: new PermissionIndex([]),
      clock: this.clock,
      bounds: worldBounds,
      events: {
        onFound() {},
        onAbsent() {},
        onStale() {},
        onDropped() {},
        onRejected() {},
        onFailure: origin => {
          if (origin === 'control') this.failedMs = this.clock.nowMs()
        },
      },
    })
  }

  #fromRedis({ subject, tenantRef }: AccessQuestion) {
    if (this.redisAway) throw new Fault('STORE_UNAVAILABLE', 'ask Redis')
    const signed = this.#documents.get(`${subject} in ${tenantRef}`)
    return signed === undefined ? null : { signed, versionTold: this.#versions.get(tenantRef) ?? 0 }
  }

  /** Reads now, answers later, and shares what it read later still. */
  #load(question: AccessQuestion): Promise<string | null> {
    if (this.controlAway) return this.#answer(() => this.#refuse())
    const signed = this.#sign(question)
    return this.#answer(() => {
      if (this.controlAway) this.#refuse()
      const put = () => {
        if (signed !== null && !this.redisAway)
          this.#documents.set(`${question.subject} in ${question.tenantRef}`, signed)
      }
      if (this.#random() < 0.5) put()
      else this.#owed.puts.push(put)
      return signed
    })
  }

  #refuse(): never {
    throw new Fault('DIRECTORY_UNAVAILABLE', 'ask the control plane')
  }

  #sign({ subject, tenantRef }: AccessQuestion): string | null {
    const tenant = this.tenants.find(({ id, slug }) => id === tenantRef || slug === tenantRef)
    const role = tenant?.roles.get(subject)
    if (tenant === undefined || role === undefined) return null
    const document: AccessDocument = {
      tenant: { id: tenant.id, slug: tenant.slug, status: 'active', plan: 'pro', limits: [] },
      principal: { issuer, subject, userId: subject },
      accessVersion: tenant.version,
      issuedAtMs: this.clock.nowMs() + integerBelow(this.#random, 2000) - 1000,
      role,
      permissions: [],
      breakGlass: null,
      workspaces: [],
    }
    return JSON.stringify(document)
  }

  #answer<T>(read: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#owed.answers.push(() => {
        try {
          resolve(read())
        } catch (error) {
          reject(error)
        }
      })
    })
  }
}

export type Answered = { readonly access: PreparedAccess | null } | { readonly unavailable: true }
