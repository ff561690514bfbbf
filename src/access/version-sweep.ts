import { backoffMs } from '../lib/backoff.ts'
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
  readonly retry: { readonly delayMsMin: number; readonly delayMsMax: number }
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
  let wanted = false
  let running = false
  let closed = false
  let cancelRetry = (): void => {}

  async function run(failures: number): Promise<void> {
    running = true
    wanted = false
    try {
      events.onSwept(await sweep())
    } catch {
      events.onFailure()
      if (!closed) cancelRetry = clock.after(backoffMs(failures + 1, options.retry), () => run(failures + 1))
      return
    }
    running = false
    if (wanted && !closed) await run(0)
  }

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
    start() {
      if (running) wanted = true
      else if (!closed) void run(0)
    },
    close() {
      closed = true
      cancelRetry()
    },
  }
}
