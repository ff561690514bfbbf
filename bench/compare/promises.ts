/** What the product promises of a warm request, at the 99th percentile. */
export const promises = Object.freeze({
  authenticate: { words: 'JWT validation', limitMs: 10 },
  identifyTenant: { words: 'tenant context', limitMs: 5 },
  authorize: { words: 'permission check', limitMs: 15 },
  all: { words: 'all', limitMs: 30 },
})

export function kept(p99: number, limitMs: number): string {
  return p99 < limitMs ? `< ${limitMs} ms: kept` : `< ${limitMs} ms: **broken**`
}
