/**
 * One spelling for every name that something behind us may take for the same: CGI, WSGI and their heirs turn `-` into
 * `_`, and some turn every other odd character into it, too (threats 37). Compared in this form, `X_QLP.Tenant-Id` is
 * `x-qlp-tenant-id`.
 */
export function foldName(name: string): string {
  let folded = ''
  let from = 0
  for (let index = 0; index < name.length; index += 1) {
    if (isAlphanumeric(name.charCodeAt(index))) continue
    folded += `${name.slice(from, index)}-`
    from = index + 1
  }
  return (from === 0 ? name : folded + name.slice(from)).toLowerCase()
}

function isAlphanumeric(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || (code >= 0x30 && code <= 0x39)
}

/**
 * A folded name as somebody reads it who takes several odd characters for one and drops those at its ends:
 * `transfer---encoding` and `_host` are ones that a filter in front of us may have let pass.
 */
export function bareName(folded: string): string {
  const isTrimmed = folded.charCodeAt(0) !== HYPHEN && folded.charCodeAt(folded.length - 1) !== HYPHEN
  if (isTrimmed && !folded.includes('--')) return folded
  return folded
    .split('-')
    .filter(part => part !== '')
    .join('-')
}

const HYPHEN = 0x2d

/** The folded names of a flat header list: one for each field, so that each is folded once. */
export function foldNames(headers: readonly string[]): string[] {
  const folded = new Array<string>(headers.length >>> 1)
  for (let index = 0; index < folded.length; index += 1) folded[index] = foldName(headers[index * 2]!)
  return folded
}
