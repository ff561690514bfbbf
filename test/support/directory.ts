import type { DirectoryBounds } from '../../src/access/directory.ts'
import { createDirectory } from '../../src/access/directory.ts'
import type { AccessDocument, AccessQuestion } from '../../src/access/document.ts'
import { PermissionIndex } from '../../src/access/permission-set.ts'
import type { PreparedAccess } from '../../src/access/prepared-access.ts'
import { Fault } from '../../src/lib/fault.ts'
import { accessDocument, documentKeys, issuer } from './access.ts'
import { createManualClock } from './manual-clock.ts'

export const startMs = 1_800_000_000_000
export const minute = 60_000
export const { sign, verify } = documentKeys()
/** Keys that nobody believes. */
export const forgery = documentKeys()

export const bounds: DirectoryBounds = {
  freshMs: 30_000,
  refreshMs: minute,
  staleMs: 15 * minute,
  absentMs: 5000,
  retryMs: 1000,
  skewMs: 5000,
  documentsMax: 2000,
  bytesMax: 50_000_000,
  absencesMax: 100,
  lookupsMax: 2000,
  lookupsPerPrincipalMax: 4,
  lookupsPerPrincipalPerSecond: 100_000,
}

type Answer = AccessDocument | string | null | Error

/** A directory whose store and control plane answer what a test tells them, and count how often they are asked. */
export function buildDirectory(more: Partial<DirectoryBounds> = {}) {
  const clock = createManualClock(startMs)
  const asked = { store: 0, control: 0 }
  const events: string[] = []
  let storeAnswer: (asked: AccessQuestion) => Answer = () => null
  let controlAnswer: (asked: AccessQuestion) => Answer = () => accessDocument({ issuedAtMs: clock.nowMs() })
  const directory = createDirectory({
    store: {
      async get(asking) {
        asked.store += 1
        const signed = settle(storeAnswer(asking))
        return signed === null ? null : { signed, versionTold: 0 }
      },
      put: () => Promise.reject(new Error('the directory never writes')),
    },
    source: {
      async load(asking) {
        asked.control += 1
        return settle(controlAnswer(asking))
      },
    },
    verify,
    permissions: new PermissionIndex(['notes.read', 'notes.write']),
    clock,
    bounds: { ...bounds, ...more },
    events: {
      onFound: origin => events.push(`found ${origin}`),
      onAbsent: () => events.push('absent'),
      onDropped: documents => events.push(`dropped ${documents}`),
      onStale: ageMs => events.push(`stale ${ageMs}`),
      onRejected: (origin, reason) => events.push(`rejected ${origin} ${reason}`),
      onFailure: origin => events.push(`failed ${origin}`),
    },
  })
  return {
    clock,
    asked,
    events,
    store: (answer: Answer | typeof storeAnswer) => {
      storeAnswer = typeof answer === 'function' ? answer : () => answer
    },
    control: (answer: Answer | typeof controlAnswer) => {
      controlAnswer = typeof answer === 'function' ? answer : () => answer
    },
    lookup: (tenantRef = 'acme', subject = 'member') => directory.lookup({ issuer, subject }, tenantRef),
    lookupAt: (version: number) => directory.lookup({ issuer, subject: 'member' }, 'acme', version),
    lookupAs: directory.lookup,
    changed: directory.changed,
    confirm: directory.confirm,
    heldTenants: directory.heldTenants,
    /** Issued so long before now. */
    aged: (ageMs: number, accessVersion = 1) =>
      accessDocument({ issuedAtMs: clock.nowMs() - ageMs, accessVersion }),
  }
}

function settle(answer: Answer): string | null {
  if (answer instanceof Error) throw answer
  return answer === null || typeof answer === 'string' ? answer : sign(answer)
}

export const away = new Fault('DIRECTORY_UNAVAILABLE', 'ask the control plane')
export const storeAway = new Fault('STORE_UNAVAILABLE', 'ask Redis')
export const unavailable = { code: 'DIRECTORY_UNAVAILABLE' }

export function versionOf(access: PreparedAccess | null): number | null {
  return access === null ? null : access.document.accessVersion
}
