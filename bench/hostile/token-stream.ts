import type { TestKey } from '../../test/support/tokens.ts'
import { encodePart, makeClaims, makeIssuer, signToken } from '../../test/support/tokens.ts'

export const issuer = makeIssuer()

const signature = Buffer.alloc(64, 7).toString('base64url')

/** A good token that no other number has. */
export function validToken(key: TestKey, number: number): string {
  return signToken(key, claimsOf(number))
}

/** A token that is refused, in one of several ways, and that no other number has. */
export function invalidToken(key: TestKey, number: number): string {
  const header = { alg: 'ES256', typ: 'JWT', kid: key.keyId }
  const unsigned = (head: object, claims: object) =>
    `${encodePart(head as never)}.${encodePart(claims as never)}.${signature}`
  switch (number % 6) {
    case 0:
      return unsigned(header, claimsOf(number))
    case 1:
      return unsigned({ ...header, kid: `k-${number}` }, claimsOf(number))
    case 2:
      return unsigned(header, { ...claimsOf(number), iss: `https://${number}.example/` })
    case 3:
      return unsigned({ ...header, alg: 'none' }, claimsOf(number))
    case 4:
      return `${'x'.repeat(number % 4000)}.${number}.`
    default:
      return signToken(key, { ...claimsOf(number), aud: `service-${number}` })
  }
}

function claimsOf(number: number) {
  return makeClaims(issuer, Date.now(), { sub: `user-${number}`, sid: `session-${number}` })
}
