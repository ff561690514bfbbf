/**
 * Threat 53: a token brings its own key, or says where to fetch one.
 * Advisories: CVE-2018-0114
 * Defence: jwk, jku, x5u and x5c are never read: a key is found by issuer and key id alone
 * (src/token/verifier.ts, src/token/key-source.ts).
 */
import t from 'tap'
import { proveRefused } from '../hostile/tokens/prove.ts'

t.test('a key that a token brings along or points to is not used, and nobody is asked for one', async t =>
  proveRefused(t, 53),
)
