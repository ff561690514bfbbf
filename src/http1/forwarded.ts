import { isIP } from 'node:net'
import type { HeaderList } from '../lib/header-list.ts'
import { isAuthority } from './authority.ts'

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
 * entries from the right of X-Forwarded-For, each of which must be an address, and one X-Forwarded-Proto and -Host. Set
 * it above 0 only where nothing but those proxies can reach this port.
 */
export function addForwarded(
  to: string[],
  origin: Origin,
  headers: HeaderList,
  folded: readonly string[],
  trustedHops: number,
): void {
  const address = plainAddress(origin.address)
  const proto = origin.encrypted ? 'https' : 'http'
  if (trustedHops === 0) {
    to.push('X-Forwarded-For', address, 'X-Forwarded-Proto', proto)
    if (origin.host !== null) to.push('X-Forwarded-Host', origin.host)
    return
  }
  const claimedProto = single(headers, folded, 'x-forwarded-proto')
  const claimedHost = single(headers, folded, 'x-forwarded-host')
  const isProto = claimedProto === 'http' || claimedProto === 'https'
  const host = claimedHost !== null && isAuthority(claimedHost) ? claimedHost : origin.host
  to.push('X-Forwarded-For', chain(headers, folded, trustedHops, address))
  to.push('X-Forwarded-Proto', isProto ? claimedProto : proto)
  if (host !== null) to.push('X-Forwarded-Host', host)
}

/** `::ffff:192.0.2.1` is `192.0.2.1`: one client, one spelling, one bucket of a limit behind us (threats 79). */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}

function chain(headers: HeaderList, folded: readonly string[], hops: number, peer: string): string {
  let chained = peer
  let taken = 0
  for (let index = folded.length - 1; index >= 0; index -= 1) {
    if (folded[index] !== 'x-forwarded-for') continue
    const entries = headers[index * 2 + 1]!.split(',')
    for (let entry = entries.length - 1; entry >= 0; entry -= 1) {
      const address = plainAddress(entries[entry]!.trim())
      if (taken === hops || isIP(address) === 0) return chained
      chained = `${address}, ${chained}`
      taken += 1
    }
  }
  return chained
}

function single(headers: HeaderList, folded: readonly string[], name: string): string | null {
  const at = folded.indexOf(name)
  return at === -1 || folded.indexOf(name, at + 1) !== -1 ? null : headers[at * 2 + 1]!
}
