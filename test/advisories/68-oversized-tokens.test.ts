/**
 * Threat 68: a token of very many parts, or very long.
 * Advisories: CVE-2025-30204, CVE-2025-27144
 * Defence: the length is checked first (src/token/verifier.ts), then the shape by one pass that makes nothing
 * (compactPattern in src/token/compact-token.ts); no token is ever split.
 */
import t from 'tap'
import { isRefused } from '../../src/lib/refused.ts'
import { parseCompactToken } from '../../src/token/compact-token.ts'
import { proveRefused } from '../hostile/tokens/prove.ts'

t.test('what is too long or has too many parts is refused', async t => proveRefused(t, 68))

t.test('a megabyte of dots makes next to nothing in memory', async t => {
  const dots = '.'.repeat(1_048_576)
  parseCompactToken(dots)
  const before = process.memoryUsage().heapUsed
  for (let time = 0; time < 20; time += 1) t.ok(isRefused(parseCompactToken(dots)))
  const each = (process.memoryUsage().heapUsed - before) / 20
  t.ok(each < 100_000, `${Math.round(each)} bytes each`)
})
