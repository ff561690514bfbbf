const shownMax = 32

/**
 * What a client sent, as a log may show it: printable ASCII as it is, any other byte as `\x0b`, a backslash twice; cut
 * after 32 characters, with what is missing counted. Only for what cannot be a secret: a length, a coding, one byte.
 *
 * @param text of one byte a character, as node reads heads (latin1); what is beyond is shown as `\u{…}`
 */
export function escaped(text: string): string {
  let shown = ''
  const end = Math.min(text.length, shownMax)
  for (let index = 0; index < end; index += 1) shown += escapedCharacter(text.charCodeAt(index))
  return text.length > end ? `${shown}… and ${text.length - end} more` : shown
}

function escapedCharacter(code: number): string {
  if (code === 0x5c) return '\\\\'
  if (code >= 0x20 && code < 0x7f) return String.fromCharCode(code)
  return code > 0xff ? `\\u{${code.toString(16)}}` : `\\x${code.toString(16).padStart(2, '0')}`
}
