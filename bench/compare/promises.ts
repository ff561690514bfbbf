import type { Figure } from './figures.ts'

/** What the product promises of a warm request, at the 99th percentile. */
export const promises = Object.freeze({
  authenticate: { words: 'JWT validation', limitMs: 10 },
  identifyTenant: { words: 'tenant context', limitMs: 5 },
  authorize: { words: 'permission check', limitMs: 15 },
  all: { words: 'all', limitMs: 30 },
})

/** Whether a 99th percentile kept its promise in every slice: a median alone would hide what happens now and then. */
export function kept(p99: Figure, limitMs: number): string {
  if (p99.most < limitMs) return `< ${limitMs} ms: kept`
  return p99.middle < limitMs ? `< ${limitMs} ms: **broken in a slice**` : `< ${limitMs} ms: **broken**`
}
