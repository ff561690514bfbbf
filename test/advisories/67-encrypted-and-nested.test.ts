/**
 * Threat 67: JWE, a token inside a token, compression, a count of rounds that keeps us busy.
 * Advisories: CVE-2024-28176, CVE-2024-28180, CVE-2022-36083, CVE-2026-34986
 * Defence: three parts with a JSON object inside, or nothing (src/token/compact-token.ts): zip, enc, epk, p2c
 * and p2s are refused unread, and the only cryptography there is checks a signature.
 */
import t from 'tap'
import { proveRefused } from '../hostile/tokens/prove.ts'

t.test('what is encrypted, compressed or nested is refused before any cryptography', async t =>
  proveRefused(t, 67),
)
