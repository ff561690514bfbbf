/**
 * Whether a Host value is one authority (RFC 9110 §7.2): a name, an IPv4 or a bracketed IPv6 address, and perhaps a
 * port. User information, escapes, lists and empty values are not taken.
 */
export function isAuthority(value: string): boolean {
  const bracketed = value.charCodeAt(0) === 0x5b
  const end = bracketed ? value.indexOf(']') + 1 : nameEnd(value)
  if (bracketed ? end < 4 || !isIpv6Text(value, 1, end - 1) : end === 0) return false
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

function isIpv6Text(value: string, from: number, to: number): boolean {
  for (let index = from; index < to; index += 1) {
    const code = value.charCodeAt(index) | 0x20
    const isDigit = value.charCodeAt(index) >= 0x30 && value.charCodeAt(index) <= 0x3a
    const isHex = code >= 0x61 && code <= 0x66
    if (!isDigit && !isHex && value.charCodeAt(index) !== 0x2e) return false
  }
  return true
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
