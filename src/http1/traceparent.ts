/** Fills a buffer of that many random bytes; from node:crypto in wire.ts. */
export type RandomBytes = (count: number) => Uint8Array

/**
 * The client's trace context if it is valid, in the form of version 00, else null (W3C Trace Context §3.2). A later
 * version is read by its first four parts, as the recommendation asks.
 */
export function readTraceparent(value: string): string | null {
  if (value.length < 55 || value.length > 256 || !shape.test(value)) return null
  const version = value.slice(0, 2)
  if (version === 'ff' || (version === '00' && value.length !== 55)) return null
  if (value.length > 55 && value.charCodeAt(55) !== 0x2d) return null
  if (value.startsWith(noTrace, 3) || value.startsWith(noParent, 36)) return null
  return version === '00' ? value : `00${value.slice(2, 55)}`
}

/** A new trace, not sampled: who samples is for a tracing system to say. */
export function newTraceparent(randomBytes: RandomBytes): string {
  const hex = Buffer.from(randomBytes(24)).toString('hex')
  const trace = hex.slice(0, 32)
  const parent = hex.slice(32)
  // All zeros is the one invalid value of either; a generator that can draw it is asked again.
  return trace === noTrace || parent === noParent ? newTraceparent(randomBytes) : `00-${trace}-${parent}-00`
}

const shape = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}/
const noTrace = '0'.repeat(32)
const noParent = '0'.repeat(16)
