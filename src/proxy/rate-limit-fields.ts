import type { HeaderList } from '../lib/header-list.ts'
import type { Exceeded, Granted, WindowState } from '../limit/limiter.ts'

const none: HeaderList = Object.freeze([])

/**
 * What the client may know of its limits (draft-ietf-httpapi-ratelimit-headers): `RateLimit-Policy` names each window
 * with its quota and length in seconds, `RateLimit` what is left of it and in how many seconds there is room again.
 *
 * @returns nothing for a request that was not counted
 */
export function rateLimitFields(grant: Granted | Exceeded | null): HeaderList {
  if (grant === null || grant.windows.length === 0) return none
  let policy = ''
  let state = ''
  for (const window of grant.windows) {
    const name = quoted(window)
    const separator = policy === '' ? '' : ', '
    policy += `${separator}${name};q=${window.max};w=${Math.round(window.windowMs / 1000)}`
    state += `${separator}${name};r=${Math.max(0, window.remaining)};t=${seconds(window.resetMs)}`
  }
  return ['RateLimit-Policy', policy, 'RateLimit', state]
}

/** Whole seconds, rounded up: whoever waits that long finds what was promised. */
export function seconds(ms: number): number {
  return Math.max(0, Math.ceil(ms / 1000))
}

/** A string of structured fields (RFC 9651 §3.3.3); names come from configuration and are printable ASCII. */
function quoted({ name }: WindowState): string {
  return name.includes('"') || name.includes('\\') ? `"${name.replace(/["\\]/g, '\\$&')}"` : `"${name}"`
}
