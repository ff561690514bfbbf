import { LRUCache } from 'lru-cache'
import type { Clock } from '../../lib/clock.ts'
import { SlidingWindow } from '../../lib/sliding-window.ts'
import type { Charge, Exceeded, Granted, WindowState } from '../../limit/limiter.ts'

export type MemoryLimiterOptions = {
  /** How many tenants are counted; past it the one that was charged longest ago starts afresh. */
  readonly tenantsMax: number
  readonly clock: Clock
}

/** Counts in this process alone: the stand-in for Redis where there is none, and the local share while it is away. */
export type MemoryLimiter = {
  readonly take: (tenantId: string, charges: readonly Charge[]) => Granted | Exceeded
}

/** The same promises as the shared limiter, for one process: see store/redis/scripts/take.lua. */
export function createMemoryLimiter(options: MemoryLimiterOptions): MemoryLimiter {
  const tenants = new LRUCache<string, TenantWindows>({ max: options.tenantsMax })
  return {
    take(tenantId, charges) {
      let tenant = tenants.get(tenantId)
      if (tenant === undefined) {
        tenant = new Map()
        tenants.set(tenantId, tenant)
      }
      return takeAll(tenant, charges, options.clock.elapsedMs())
    },
  }
}

/** By length, then by name: a window whose length was changed is another window. */
type TenantWindows = Map<number, Map<string, SlidingWindow>>

function takeAll(tenant: TenantWindows, charges: readonly Charge[], nowMs: number): Granted | Exceeded {
  let refusing: Charge | null = null
  let retryAfterMs = 0
  for (const charge of charges) {
    const waitMs = windowOf(tenant, charge).waitMs(nowMs, charge.amount, charge.max)
    if (waitMs > retryAfterMs) {
      refusing = charge
      retryAfterMs = waitMs
    }
  }
  const windows: WindowState[] = []
  for (const charge of charges) {
    const window = windowOf(tenant, charge)
    if (refusing === null) window.add(nowMs, charge.amount)
    windows.push(stateOf(charge, window, nowMs))
  }
  if (refusing === null) return { granted: true, windows, degraded: false }
  return { granted: false, name: refusing.name, retryAfterMs, windows, degraded: false }
}

function windowOf(tenant: TenantWindows, { windowMs, name }: Charge): SlidingWindow {
  let byName = tenant.get(windowMs)
  if (byName === undefined) {
    byName = new Map()
    tenant.set(windowMs, byName)
  }
  let window = byName.get(name)
  if (window === undefined) {
    window = new SlidingWindow(windowMs)
    byName.set(name, window)
  }
  return window
}

function stateOf({ name, windowMs, max }: Charge, window: SlidingWindow, nowMs: number): WindowState {
  const remaining = Math.max(0, max - window.spent(nowMs))
  return { name, windowMs, max, remaining, resetMs: window.resetMs(nowMs) }
}
