import { escaped } from '../lib/escaped.ts'
import type { Refused } from '../lib/refused.ts'
import { refused } from '../lib/refused.ts'
import type { TokenRefusalCode } from './claims.ts'

/**
 * Every rule that a token can break, in the order in which they are asked, each with the sentence for the log and where
 * it comes from. The metric and the log name the rule, the client learns only the code. docs/errors.md is generated from
 * this table.
 */
export const tokenRules = Object.freeze({
  'token-length': rule('TOKEN_TOO_LARGE', 'the token is longer than bounds.tokenBytes', 'threats 68'),
  'token-shape': rule('TOKEN_MALFORMED', 'the token is not three parts of base64url', 'RFC 7515 §7.1'),
  'token-header': rule(
    'TOKEN_MALFORMED',
    'the header is not one unambiguous JSON object in canonical base64url',
    'RFC 7515 §3, threats 63',
  ),
  'token-signature-encoding': rule(
    'TOKEN_MALFORMED',
    'the signature is not canonical base64url',
    'RFC 4648 §3.5',
  ),
  'token-alg': rule('TOKEN_MALFORMED', 'alg is not a string', 'RFC 7515 §4.1.1'),
  'token-kid': rule('TOKEN_MALFORMED', 'kid is missing, or not bounded printable text', 'threats 55'),
  'token-typ': rule('TOKEN_MALFORMED', 'typ is not a string', 'RFC 7515 §4.1.9'),
  'token-header-member': rule(
    'TOKEN_MALFORMED',
    'the header holds a member that would change how the token is read',
    'RFC 7515 §4.1.11, threats 62 and 67',
  ),
  'token-payload': rule(
    'TOKEN_MALFORMED',
    'the payload is not one unambiguous JSON object in canonical base64url',
    'RFC 7519 §7.2, threats 63',
  ),
  'token-issuer': rule(
    'TOKEN_ISSUER_UNKNOWN',
    'iss is not, byte for byte, a configured issuer',
    'RFC 8725 §3.8',
  ),
  'token-alg-refused': rule(
    'TOKEN_ALGORITHM_REFUSED',
    'alg is not allowed for this issuer and key',
    'RFC 8725 §3.1',
  ),
  'token-typ-refused': rule('TOKEN_MALFORMED', 'typ is not among the types of this issuer', 'RFC 8725 §3.11'),
  'token-key-withdrawn': rule('TOKEN_KEY_WITHDRAWN', 'the key is on the deny list', 'threats 57'),
  'token-key-unknown': rule(
    'TOKEN_KEY_UNKNOWN',
    'the issuer publishes no usable key with this kid',
    'threats 56 and 61',
  ),
  'token-jose': rule('TOKEN_MALFORMED', 'jose could not read the token', 'RFC 7515 §5.2'),
  'token-signature': rule(
    'TOKEN_SIGNATURE_INVALID',
    'the signature does not match the key of this kid',
    'RFC 7515 §5.2',
  ),
  'token-times': rule(
    'TOKEN_CLAIMS_INVALID',
    'exp or iat is missing, or a time is not a number in range',
    'threats 64',
  ),
  'token-lifetime': rule('TOKEN_CLAIMS_INVALID', 'exp is before iat, or too long after it', 'threats 64'),
  'token-expired': rule('TOKEN_EXPIRED', 'exp has passed', 'RFC 7519 §4.1.4'),
  'token-not-yet': rule('TOKEN_NOT_YET_VALID', 'nbf or iat is still to come', 'RFC 7519 §4.1.5'),
  'token-audience': rule(
    'TOKEN_AUDIENCE_WRONG',
    'aud names none of the audiences of this issuer',
    'RFC 7519 §4.1.3, threats 65',
  ),
  'token-policy': rule(
    'TOKEN_CLAIMS_INVALID',
    'tfp or acr names none of the policies of this issuer',
    'Azure AD B2C',
  ),
  'token-subject': rule(
    'TOKEN_CLAIMS_INVALID',
    'the subject claim is missing, or not a bounded printable string',
    'threats 44',
  ),
  'token-tenant': rule('TOKEN_CLAIMS_INVALID', 'the tenant claim is neither an id nor a slug', 'threats 43'),
  'token-session': rule(
    'TOKEN_CLAIMS_INVALID',
    'the session claim is not a bounded printable string',
    'threats 43',
  ),
  'token-revoked': rule(
    'TOKEN_REVOKED',
    'the session of the token, or all that its principal held, was revoked',
    'threats 57',
  ),
})

export type TokenRule = keyof typeof tokenRules

type CodeOf<Rule extends TokenRule> = (typeof tokenRules)[Rule]['code']

/**
 * A refusal by this rule.
 *
 * @param offending what broke it, as it came; it is escaped and cut here. Never a claim, a signature or a whole part.
 */
export function refusedBy<Rule extends TokenRule>(
  name: Rule,
  offending: string | null = null,
): Refused<CodeOf<Rule>> {
  const { code, sentence } = tokenRules[name]
  return refused(code, sentence, name, offending === null ? null : escaped(offending))
}

function rule<Code extends TokenRefusalCode>(code: Code, sentence: string, source: string) {
  return Object.freeze({ code, sentence, source })
}
