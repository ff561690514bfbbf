/**
 * Threat 62: a header that changes how the token is to be read: crit, b64.
 * Advisories: GHSA-hm7r-c7qw-ghp6
 * Defence: a header with such a member is refused, whatever it says, before any key is looked for
 * (changingMembers in src/token/compact-token.ts).
 */
import t from 'tap'
import { proveRefused } from '../hostile/tokens/prove.ts'

t.test('crit and b64 are refused before any cryptography, whatever they say', async t => proveRefused(t, 62))
