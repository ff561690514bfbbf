/**
 * Threat 50: a token signed by HMAC with the public key as the secret.
 * Advisories: CVE-2026-39999, CVE-2026-33322, CVE-2023-48223, CVE-2026-34950
 * Defence: there is no HMAC: neither an issuer nor a key can allow it (src/token/verifier.ts,
 * src/config/issuer-schema.ts), whatever the key looks like as text.
 */
import t from 'tap'
import { proveRefused } from '../hostile/tokens/prove.ts'

t.test('an HMAC with the public key is refused in eight renderings of the key', async t =>
  proveRefused(t, 50),
)
