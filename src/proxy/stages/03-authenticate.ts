import type { FaultCode } from '../../lib/fault.ts'
import { asFault } from '../../lib/fault.ts'
import type { Refused } from '../../lib/refused.ts'
import { isRefused } from '../../lib/refused.ts'
import type { Claims, TokenRefusalCode } from '../../token/claims.ts'
import type { TokenVerifier } from '../../token/verified-tokens.ts'
import type { Exchange } from '../exchange.ts'
import type { Denial, Stage, Verdict } from '../verdict.ts'
import { deny } from '../verdict.ts'

export type AuthenticatePorts = { readonly verifier: TokenVerifier; readonly events: AuthenticateEvents }

export type AuthenticateEvents = {
  readonly onAuthenticated: () => void
  readonly onRejected: (code: TokenRefusalCode | 'TOKEN_MISSING' | FaultCode) => void
}

/**
 * Builds the stage that turns a bearer token into claims.
 *
 * Expiry, the deny list and the issuer's key set are consulted on every request, remembered token or not. Refuses with
 * TOKEN_* codes, which answer turns into a challenge; throws KEYS_UNAVAILABLE when the token is signed with a
 * key that is not known and its issuer cannot be asked.
 *
 * @returns a stage that sets `exchange.claims`, at once for a remembered token
 */
export function createAuthenticate(ports: AuthenticatePorts): Stage {
  const { verifier, events } = ports

  return exchange => {
    const token = exchange.request!.token
    if (token === null) {
      events.onRejected('TOKEN_MISSING')
      return deny('TOKEN_MISSING', 'the request carries no bearer token')
    }
    const result = verifier.verify(token)
    return result instanceof Promise ? settleLater(exchange, result) : settle(exchange, result)
  }

  async function settleLater(
    exchange: Exchange,
    pending: Promise<Claims | Refused<TokenRefusalCode>>,
  ): Promise<Verdict> {
    let result: Claims | Refused<TokenRefusalCode>
    try {
      result = await pending
    } catch (error) {
      events.onRejected(asFault(error).code)
      throw error
    }
    return settle(exchange, result)
  }

  function settle(exchange: Exchange, result: Claims | Refused<TokenRefusalCode>): Verdict {
    if (isRefused(result)) return reject(result)
    exchange.claims = result
    events.onAuthenticated()
    return null
  }

  function reject(result: Refused<TokenRefusalCode>): Denial {
    events.onRejected(result.refused)
    return deny(result.refused, result.detail)
  }
}
