import type { HeaderList } from '../lib/header-list.ts'
import { singleValue } from '../lib/header-list.ts'
import { isAuthority } from './authority.ts'
import { clientAddress, trustedChain } from './client-address.ts'

export type Origin = {
  readonly address: string
  readonly encrypted: boolean
  /** The validated Host, null in HTTP/1.0 without one. */
  readonly host: string | null
}

/**
 * Adds X-Forwarded-For, -Proto and -Host, rebuilt from the socket, to the fields that will be sent. The service's own
 * Host is its configured address; where it needs the client's, X-Forwarded-Host has it.
 *
 * What the client claimed counts only as far as `trustedHops` proxies in front are known to have written it: that many
 * entries of X-Forwarded-For (client-address.ts), and one X-Forwarded-Proto and -Host of exactly these names: another
 * spelling is none that a proxy in front removes. Set it above 0 only where nothing but those proxies can reach this
 * port.
 */
export function addForwarded(to: string[], origin: Origin, headers: HeaderList, trustedHops: number): void {
  const proto = origin.encrypted ? 'https' : 'http'
  if (trustedHops === 0) {
    to.push('X-Forwarded-For', clientAddress(origin.address, headers, 0), 'X-Forwarded-Proto', proto)
    if (origin.host !== null) to.push('X-Forwarded-Host', origin.host)
    return
  }
  const claimedProto = singleValue(headers, 'x-forwarded-proto')
  const claimedHost = singleValue(headers, 'x-forwarded-host')
  const isProto = claimedProto === 'http' || claimedProto === 'https'
  const host = claimedHost !== null && isAuthority(claimedHost) ? claimedHost : origin.host
  to.push('X-Forwarded-For', trustedChain(origin.address, headers, trustedHops).join(', '))
  to.push('X-Forwarded-Proto', isProto ? claimedProto : proto)
  if (host !== null) to.push('X-Forwarded-Host', host)
}
