/**
 * What a client is counted by: an IPv4 address whole, in whatever way IPv6 spells it; of an IPv6 address its /64, which
 * is the least that anyone is given (RFC 6177), so that nobody is counted anew with each of their 2^64 addresses
 * (threats 79).
 *
 * @param address as node:net `isIP` takes it, with or without a zone
 */
export function addressKey(address: string): string {
  if (!address.includes(':')) return address
  const groups = groupsOf(address)
  const isMapped = groups[5] === 0xffff && groups.slice(0, 5).every(group => group === 0)
  if (isMapped) return [groups[6]! >> 8, groups[6]! & 255, groups[7]! >> 8, groups[7]! & 255].join('.')
  return `${groups
    .slice(0, 4)
    .map(group => group.toString(16))
    .join(':')}::/64`
}

/** The eight groups of 16 bits (RFC 4291 §2.2). */
function groupsOf(address: string): number[] {
  const [left = '', right] = address.replace(/%.*$/, '').split('::')
  const before = partsOf(left)
  const after = right === undefined ? [] : partsOf(right)
  const between = Math.max(0, 8 - before.length - after.length)
  return [...before, ...Array<number>(between).fill(0), ...after]
}

function partsOf(text: string): number[] {
  if (text === '') return []
  return text.split(':').flatMap(part => {
    if (!part.includes('.')) return [Number.parseInt(part, 16)]
    const [a = 0, b = 0, c = 0, d = 0] = part.split('.').map(Number)
    return [a * 256 + b, c * 256 + d]
  })
}
