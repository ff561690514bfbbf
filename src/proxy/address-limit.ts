import { clientAddress } from '../http1/client-address.ts'
import type { AddressShare } from '../limit/address-share.ts'
import type { Exchange } from './exchange.ts'
import { seconds } from './rate-limit-fields.ts'
import type { Denial } from './verdict.ts'
import { deny } from './verdict.ts'

/** Lets an address have what nobody has proven to pay for, as long as its share lasts. */
export type AddressLimit = {
  /** Refuses with ADDRESS_LIMITED and a Retry-After that is true, in seconds. */
  readonly take: (exchange: Exchange) => Denial | null
  /** What was taken for this exchange has turned out to be paid for. */
  readonly giveBack: (exchange: Exchange) => void
}

/** The address is the socket's, or the one that the outermost of `trustedHops` proxies in front wrote. */
export function createAddressLimit(share: AddressShare, trustedHops: number): AddressLimit {
  return {
    take(exchange) {
      const exhausted = share.take(addressOf(exchange))
      if (exhausted === null) return null
      const { address, retryAfterMs } = exhausted
      const detail =
        exhausted.share === 'own'
          ? `${address} has used up bounds.unprovenPerAddressPerSecond.`
          : `All addresses like ${address} have used up bounds.unprovenPerSecond together.`
      return deny('ADDRESS_LIMITED', detail, ['Retry-After', String(Math.max(1, seconds(retryAfterMs)))])
    },
    giveBack: exchange => share.giveBack(addressOf(exchange)),
  }

  function addressOf({ arrival }: Exchange): string {
    return clientAddress(arrival.peer.address, arrival.headers, trustedHops)
  }
}

/** Where `bounds.unprovenPerAddressPerSecond` is 0. */
export const unlimitedAddresses: AddressLimit = Object.freeze({ take: () => null, giveBack: () => {} })
