import { isIPv6 } from 'node:net'

/**
 * Whether a Host value is one authority (RFC 9110 §7.2): a name, an IPv4 or a bracketed IPv6 address, and perhaps a
 * port. User information, escapes, lists and empty values are not taken.
 */
export function isAuthority(value: string): boolean {
  const bracketed = value.charCodeAt(0) === 0x5b
  const end = bracketed ? value.indexOf(']') + 1 : nameEnd(value)
  if (end === 0 || (bracketed && !isIpv6Text(value.slice(1, end - 1)))) return false
  return end === value.length || isPort(value, end)
}

function nameEnd(value: string): number {
  let index = 0
  while (index < value.length && isNameCharacter(value.charCodeAt(index))) index += 1
  return index
}

function isNameCharacter(code: number): boolean {
  if ((code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a)) return true
  if (code >= 0x30 && code <= 0x39) return true
  return code === 0x2d || code === 0x2e || code === 0x5f || code === 0x7e
}

/** Without a zone, which means something on one machine only (RFC 6874 §1). */
function isIpv6Text(text: string): boolean {
  return isIPv6(text) && !text.includes('%')
}

function isPort(value: string, from: number): boolean {
  const digits = value.length - from - 1
  if (value.charCodeAt(from) !== 0x3a || digits < 1 || digits > 5) return false
  let port = 0
  for (let index = from + 1; index < value.length; index += 1) {
    const digit = value.charCodeAt(index) - 0x30
    if (!(digit >= 0 && digit <= 9)) return false
    port = port * 10 + digit
  }
  return port <= 65_535
}
