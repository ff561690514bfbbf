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
      const address = readAddress(entries[entry]!.trim())
      if (address === null) return chain
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

/**
 * What the socket says, in one spelling: `::ffff:192.0.2.1` is `192.0.2.1`, and a zone (`fe80::1%eth0`) means nothing
 * to anyone else.
 */
function plainAddress(address: string): string {
  if (address.startsWith('::ffff:') && address.includes('.')) return address.slice(7)
  const zone = address.indexOf('%')
  return zone === -1 ? address : address.slice(0, zone)
}

/**
 * What a proxy wrote, in the spelling of RFC 5952 whatever its own: one client, one spelling, one bucket of a limit
 * behind us (threats 79). Null for what is no address, such as `unknown` or `_hidden` (RFC 7239 §6).
 */
function readAddress(entry: string): string | null {
  const address = plainAddress(withoutPort(entry))
  const version = isIP(address)
  if (version !== 6) return version === 0 ? null : address
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const mapped = mappedShape.exec(canonical)
  if (mapped === null) return canonical
  const bits = Number.parseInt(mapped[1]!, 16) * 65_536 + Number.parseInt(mapped[2]!, 16)
  return [24, 16, 8, 0].map(shift => (bits >>> shift) & 255).join('.')
}

const mappedShape = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/

/** Azure Application Gateway writes `192.0.2.1:40123`, and others `[2001:db8::1]:40123`. */
function withoutPort(entry: string): string {
  const found = portShape.exec(entry)
  return found === null ? entry : (found[1] ?? found[2]!)
}

const portShape = /^(?:\[([^\]]+)\]|([0-9.]+))(?::[0-9]{1,5})?$/
