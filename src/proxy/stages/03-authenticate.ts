import type { Refused } from '../../lib/refused.ts'
import { isRefused } from '../../lib/refused.ts'
import type { Claims, TokenRefusalCode } from '../../token/claims.ts'
import type { TokenVerifier } from '../../token/verified-tokens.ts'
import type { AddressLimit } from '../address-limit.ts'
import type { Exchange } from '../exchange.ts'
import type { Stage, Verdict } from '../verdict.ts'
import { deny, denyRefused } from '../verdict.ts'

export type AuthenticatePorts = {
  readonly verifier: TokenVerifier
  /** What an address may have verified before a token of its own was good. */
  readonly addresses: AddressLimit
}

/**
 * Builds the stage that turns a bearer token into claims.
 *
 * Expiry, the deny list and the issuer's key set are consulted on every request, remembered token or not. Refuses with
 * TOKEN_* codes, which answer turns into a challenge; throws KEYS_UNAVAILABLE when the token is signed with a
 * key that is not known and its issuer cannot be asked.
 *
 * A token that is not remembered is verified at the expense of the address that it came from, before its key is looked
 * up; one that is good is given back. Refuses with ADDRESS_LIMITED where the address has nothing left.
 *
 * @returns a stage that sets `exchange.claims`, at once for a remembered token
 */
export function createAuthenticate({ verifier, addresses }: AuthenticatePorts): Stage {
  return exchange => {
    const token = exchange.request!.token
    if (token === null) return deny('TOKEN_MISSING', 'the request carries no bearer token')
    const known = verifier.recall(token)
    if (known !== null) return settle(exchange, known)
    const limited = addresses.take(exchange)
    if (limited !== null) return limited
    const result = verifier.verify(token)
    return result instanceof Promise
      ? result.then(later => settleVerified(exchange, later))
      : settleVerified(exchange, result)
  }

  function settleVerified(exchange: Exchange, result: Claims | Refused<TokenRefusalCode>): Verdict {
    if (!isRefused(result)) addresses.giveBack(exchange)
    return settle(exchange, result)
  }
}

function settle(exchange: Exchange, result: Claims | Refused<TokenRefusalCode>): Verdict {
  if (isRefused(result)) return denyRefused(result)
  exchange.claims = result
  return null
}
