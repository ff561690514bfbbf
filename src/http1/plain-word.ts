/**
 * Letters, digits, `.`, `_` and `-`, 1 to 64 of them: what a request id, or an id or slug in a selector header, may look
 * like. Harmless in a log line, a header and a URL.
 */
export function isPlainWord(value: string): boolean {
  if (value.length === 0 || value.length > 64) return false
  for (let index = 0; index < value.length; index += 1) {
    const code = value.charCodeAt(index)
    if ((code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39)) continue
    if ((code >= 0x41 && code <= 0x5a) || code === 0x2d || code === 0x2e || code === 0x5f) continue
    return false
  }
  return true
}
