/**
 * Threat 64: exp, nbf and iat of another type, out of range, infinite, or too far apart.
 * Advisories: GHSA-687g-22h4-j4w4, CVE-2024-51744
 * Defence: a time is a finite number within what a Date can hold, exp and iat must be there, and their
 * distance is bounded (readTimes and checkTimes in src/token/claims-check.ts).
 */
import t from 'tap'
import { proveRefused } from '../hostile/tokens/prove.ts'

t.test('a time that is none, or too far away, is refused', async t => proveRefused(t, 64))
