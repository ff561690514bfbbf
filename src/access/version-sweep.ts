import { createBackgroundTask } from '../lib/background-task.ts'
import type { BackoffBounds } from '../lib/backoff.ts'
import type { Clock } from '../lib/clock.ts'
import type { Directory } from './directory.ts'

/** The control plane, asked for access versions. A tenant that does not exist is missing from the answer. */
export type VersionSource = {
  readonly readVersions: (tenantIds: readonly string[]) => Promise<ReadonlyMap<string, number>>
}

export type VersionSweepOptions = {
  readonly directory: Pick<Directory, 'heldTenants' | 'confirm'>
  readonly source: VersionSource
  readonly clock: Clock
  /** How many tenants are asked for at a time. */
  readonly batchMax: number
  readonly retry: BackoffBounds
  readonly events: {
    /** Everything that was remembered when the sweep began is up to date, or forgotten. */
    readonly onSwept: (tenants: number) => void
    readonly onFailure: () => void
  }
}

export type VersionSweep = {
  /**
   * Asks for the versions of all that is remembered, because changes may have been missed. Returns at once; a sweep
   * that is under way is followed by another. What cannot be asked for serves on until it is too old by itself.
   */
  readonly start: () => void
  readonly close: () => void
}

export function createVersionSweep(options: VersionSweepOptions): VersionSweep {
  const { directory, source, clock, batchMax, events } = options
  let closed = false
  const task = createBackgroundTask({
    clock,
    everyMs: null,
    retry: options.retry,
    async work() {
      try {
        events.onSwept(await sweep())
      } catch (error) {
        events.onFailure()
        throw error
      }
    },
  })

  async function sweep(): Promise<number> {
    const tenantIds = directory.heldTenants()
    for (let from = 0; from < tenantIds.length && !closed; from += batchMax) {
      const batch = tenantIds.slice(from, from + batchMax)
      const versions = await source.readVersions(batch)
      for (const tenantId of batch) directory.confirm(tenantId, versions.get(tenantId) ?? null)
    }
    return tenantIds.length
  }

  return {
    start: task.start,
    close() {
      closed = true
      task.close()
    },
  }
}
