/**
 * Threat 49: a token that is not signed, or names no algorithm of its issuer.
 * Advisories: CVE-2015-9235
 * Defence: algorithms are pinned, to those of the issuer before a key is looked for (src/token/verifier.ts),
 * then to those of the key; only asymmetric ones exist in the configuration. No spelling is folded.
 */
import t from 'tap'
import { proveRefused } from '../hostile/tokens/prove.ts'

t.test(
  'an unsigned token is refused however it spells that, and so is any algorithm but those of issuer and key',
  async t => proveRefused(t, 49),
)
