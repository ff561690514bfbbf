import type { HttpRule } from './rules.ts'

const CR = 0x0d
const SPACE = 0x20
const protocol = Buffer.from('HTTP/')

/**
 * Which rule a request line breaks that node's parser does not insist on: one space between method, target and version,
 * none elsewhere, and no protocol but HTTP. What the three words are is judged by others.
 *
 * @param end where its CRLF begins
 */
export function requestLineFlaw(bytes: Buffer, from: number, end: number): HttpRule | null {
  let spaces = 0
  let word = from
  for (let index = from; index < end; index += 1) {
    const code = bytes[index]
    if (code === CR) return 'http-line-end'
    if (code !== SPACE) continue
    if (index === word) return 'http-request-line'
    spaces += 1
    word = index + 1
  }
  if (word === end || spaces === 0 || spaces > 2) return 'http-request-line'
  // A line of two words is one of HTTP/0.9, and is refused as that.
  return spaces === 1 || beginsProtocol(bytes, word) ? null : 'http-protocol'
}

function beginsProtocol(bytes: Buffer, at: number): boolean {
  for (let index = 0; index < protocol.length; index += 1)
    if (bytes[at + index] !== protocol[index]) return false
  return true
}
