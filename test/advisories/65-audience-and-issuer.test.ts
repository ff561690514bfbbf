/**
 * Threat 65: aud and iss of another type, spelling or length.
 * Advisories: CVE-2020-26160, CVE-2025-30144
 * Defence: iss keys a Map of the configured issuers, byte for byte (src/token/verifier.ts); aud is a string
 * or a list of strings alone, compared whole (isForUs in src/token/claims-check.ts).
 */
import t from 'tap'
import { proveRefused } from '../hostile/tokens/prove.ts'

t.test('a token of another issuer, or for another audience, is refused however it spells them', async t =>
  proveRefused(t, 65),
)
