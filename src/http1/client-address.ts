import { isIP } from 'node:net'
import type { HeaderList } from '../lib/header-list.ts'

/**
 * The addresses by which a request is known to have come, the client's first, the socket's last.
 *
 * X-Forwarded-For counts only as far as `trustedHops` proxies in front are known to have written it: that many entries
 * from the right, up to the first that is no address. The field must bear exactly this name, in any case: what a proxy in
 * front does not take for it, it passes on unseen, and the client wrote it (threats 37, 79).
 */
export function trustedChain(peer: string, headers: HeaderList, trustedHops: number): readonly string[] {
  const chain = [plainAddress(peer)]
  for (let index = headers.length - 2; index >= 0 && chain.length <= trustedHops; index -= 2) {
    const name = headers[index]!
    if (name.length !== fieldName.length || name.toLowerCase() !== fieldName) continue
    const entries = headers[index + 1]!.split(',')
    for (let entry = entries.length - 1; entry >= 0 && chain.length <= trustedHops; entry -= 1) {
      const address = plainAddress(withoutPort(entries[entry]!.trim()))
      if (isIP(address) === 0) return chain
      chain.unshift(address)
    }
  }
  return chain
}

/** Who asks, as far as that is known: the first of the trusted chain. */
export function clientAddress(peer: string, headers: HeaderList, trustedHops: number): string {
  return trustedHops === 0 ? plainAddress(peer) : trustedChain(peer, headers, trustedHops)[0]!
}

const fieldName = 'x-forwarded-for'

/** `::ffff:192.0.2.1` is `192.0.2.1`: one client, one spelling, one bucket of a limit behind us (threats 79). */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}

/** Azure Application Gateway writes `192.0.2.1:40123`, and others `[2001:db8::1]:40123`. */
function withoutPort(entry: string): string {
  const found = portShape.exec(entry)
  return found === null ? entry : (found[1] ?? found[2]!)
}

const portShape = /^(?:\[([^\]]+)\]|([0-9.]+))(?::[0-9]{1,5})?$/
