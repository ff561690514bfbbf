import type { ControlCaller } from './control-caller.ts'
import type { VersionSource } from './version-sweep.ts'

/** Asks the control plane for access versions, of at most 1000 tenants at a time. */
export function createControlVersions(options: {
  readonly caller: ControlCaller
  readonly deadlineMs: number
}): VersionSource {
  return {
    readVersions: tenantIds =>
      options.caller.call({
        method: 'POST',
        path: '/internal/v1/access-versions',
        body: { tenants: tenantIds },
        deadlineMs: options.deadlineMs,
        attempt: 'ask the control plane for access versions',
        read: answer => readVersions(answer, tenantIds),
      }),
  }
}

/** The versions of those that were asked for; a tenant that is missing does not exist. */
function readVersions(answer: unknown, tenantIds: readonly string[]): ReadonlyMap<string, number> | null {
  if (typeof answer !== 'object' || answer === null || !('versions' in answer)) return null
  const { versions } = answer
  if (typeof versions !== 'object' || versions === null || Array.isArray(versions)) return null
  const byId = new Map<string, unknown>(Object.entries(versions))
  const found = new Map<string, number>()
  for (const id of tenantIds) {
    const version = byId.get(id)
    if (version === undefined) continue
    if (!Number.isSafeInteger(version) || (version as number) < 0) return null
    found.set(id, version as number)
  }
  return found
}
