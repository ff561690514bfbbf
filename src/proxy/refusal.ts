/**
 * An expected no. The client learns code, status and title, never the detail, which only the log holds.
 * docs/errors.md is generated from this table; a code, once published, keeps its meaning.
 */
export type Refusal = {
  readonly code: string
  readonly status: number
  readonly title: string
  /** What to do next, for whoever reads the answer. */
  readonly hint: string
}

export const refusals = Object.freeze({
  REQUEST_MALFORMED: refusal(
    400,
    'The request is not one unambiguous HTTP/1.1 request',
    'Send plain HTTP/1.1: one Host, one length, no control characters.',
  ),
  TARGET_MALFORMED: refusal(
    400,
    'The request target can be read in more than one way',
    'Send an absolute path without dot segments, empty segments, encoded slashes, backslashes, delimiters or NUL.',
  ),
  SELECTOR_AMBIGUOUS: refusal(
    400,
    'A tenant or workspace is named more than once in one place',
    'Send each selector header and query parameter at most once.',
  ),
  CREDENTIALS_AMBIGUOUS: refusal(
    400,
    'There is more than one Authorization field',
    'Send exactly one Authorization field.',
  ),
  REQUEST_TIMEOUT: refusal(
    408,
    'The request did not arrive in time',
    'Send the whole head within the limit, and the body at a steady pace.',
  ),
  BODY_TOO_LARGE: refusal(413, 'The body is larger than this route accepts', 'Send a smaller body.'),
  EXPECTATION_UNKNOWN: refusal(
    417,
    'Only the expectation 100-continue is known',
    'Leave out Expect, or send 100-continue.',
  ),
  HEADERS_TOO_LARGE: refusal(431, 'The request head is too large', 'Send fewer or shorter header fields.'),
  HTTP_VERSION_REFUSED: refusal(505, 'Only HTTP/1.1 and HTTP/1.0 are spoken here', 'Send HTTP/1.1.'),

  ROUTE_UNKNOWN: refusal(404, 'There is no such operation', 'Check the path; matching is exact.'),
  METHOD_UNKNOWN: refusal(
    405,
    'The path exists, but not with this method',
    'Use one of the methods in the Allow field.',
  ),
  NOT_ISOLATED: refusal(
    403,
    'This operation is not proven to keep tenants apart, so it is closed',
    'Ask the platform team to prove its isolation in the route configuration.',
  ),
  UPGRADE_REFUSED: refusal(
    400,
    'This route does not take that upgrade',
    'Only WebSocket, and only on routes that allow it.',
  ),
  UPGRADE_REQUIRED: refusal(
    426,
    'This route speaks WebSocket only, of version 13',
    'Connect with a WebSocket client.',
  ),
  ORIGIN_REFUSED: refusal(
    403,
    'Pages of this origin have no access here',
    'Ask the platform team to add the origin to the configuration.',
  ),

  TOKEN_MISSING: refusal(401, 'This operation needs a bearer token', 'Send Authorization: Bearer <token>.'),
  TOKEN_MALFORMED: refusal(401, 'The token is not a signed JWT that is accepted here', 'Sign in again.'),
  TOKEN_TOO_LARGE: refusal(
    401,
    'The token is larger than is accepted here',
    'Ask for a token with fewer claims.',
  ),
  TOKEN_ISSUER_UNKNOWN: refusal(
    401,
    'The issuer of the token is not trusted here',
    'Sign in at the platform, not elsewhere.',
  ),
  TOKEN_ALGORITHM_REFUSED: refusal(
    401,
    'The token is signed with an algorithm that is not accepted',
    'Sign in again.',
  ),
  TOKEN_KEY_UNKNOWN: refusal(
    401,
    'The token is signed with a key that its issuer does not publish',
    'Sign in again.',
  ),
  TOKEN_KEY_WITHDRAWN: refusal(401, 'The key that signed the token was withdrawn', 'Sign in again.'),
  TOKEN_SIGNATURE_INVALID: refusal(401, 'The signature of the token does not match', 'Sign in again.'),
  TOKEN_EXPIRED: refusal(401, 'The token has expired', 'Refresh the token, or sign in again.'),
  TOKEN_NOT_YET_VALID: refusal(
    401,
    'The token is not valid yet',
    'Check the clock of the machine that issued it.',
  ),
  TOKEN_AUDIENCE_WRONG: refusal(
    401,
    'The token was issued for another audience',
    'Ask for a token for this platform.',
  ),
  TOKEN_CLAIMS_INVALID: refusal(401, 'A claim of the token is missing or not acceptable', 'Sign in again.'),
  TOKEN_REVOKED: refusal(401, 'The token was revoked', 'Sign in again.'),

  TENANT_MISSING: refusal(
    400,
    'Neither the token nor the request names a tenant',
    'Ask for a token of one tenant, or name it in the tenant header.',
  ),
  ACCESS_VERSION_UNKNOWN: refusal(
    412,
    'The tenant has not come to the access version that the request asks for',
    'Leave the field out, or send a version that this platform gave you.',
  ),
  CROSS_TENANT: refusal(
    403,
    'You have no place in the tenant that the request names',
    'Check the tenant; switch to a token of that tenant if you belong to it.',
  ),
  TENANT_INACTIVE: refusal(
    403,
    'The tenant is not active',
    'Ask an owner of the tenant, or the platform team.',
  ),

  WORKSPACE_MISSING: refusal(
    400,
    'The request names no workspace',
    'Name it in the path or the workspace header.',
  ),
  WORKSPACE_FORBIDDEN: refusal(
    403,
    'You have no place in the workspace that the request names',
    'Ask an admin of the tenant to add you.',
  ),
  PERMISSION_MISSING: refusal(
    403,
    'Your role does not allow this operation',
    'Ask an admin of the tenant for a role that does.',
  ),

  RATE_LIMITED: refusal(
    429,
    'The tenant has used up its requests for now',
    'Wait as long as Retry-After says.',
  ),
  ADDRESS_LIMITED: refusal(
    429,
    'Too much that nobody is known to pay for has come from this address',
    'Wait as long as Retry-After says; send a token that is good.',
  ),
  SOCKETS_EXHAUSTED: refusal(
    429,
    'The tenant has as many WebSockets open as it may',
    'Close one, or wait as long as Retry-After says.',
  ),
})

export type RefusalCode = keyof typeof refusals

function refusal(status: number, title: string, hint: string): Omit<Refusal, 'code'> {
  return Object.freeze({ status, title, hint })
}

const byCode = new Map<string, Refusal>(
  Object.entries(refusals).map(([code, row]) => [code, Object.freeze({ code, ...row })]),
)

/** The row of the table, with its code. */
export function refusalOf(code: RefusalCode): Refusal {
  return byCode.get(code)!
}
