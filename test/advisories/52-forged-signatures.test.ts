/**
 * Threat 52: signatures that broken implementations took for good: ECDSA with r and s of zero, in DER, of
 * another length.
 * Advisories: CVE-2022-21449, CVE-2024-42459, CVE-2024-42460, CVE-2024-42461
 * Defence: signatures are checked by the cryptography of Node alone, called in one place (checkSignature in
 * src/token/verifier.ts), whose every no is TOKEN_SIGNATURE_INVALID and never an exception.
 */
import t from 'tap'
import { proveRefused } from '../hostile/tokens/prove.ts'

/** What Wycheproof keeps in SpecialCaseEs256, in ecdsa_secp256r1_sha256_p1363_test and around them is made anew for our keys. */
t.test('a signature that is none is refused, in every length and encoding', async t => proveRefused(t, 52))
