/** One request as RFC 9112 reads it, every byte accounted for. All text is Latin-1, one character a byte. */
export type StrictRequest = {
  readonly method: string
  readonly target: string
  /** In their order, as they were spelled. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly framing: 'none' | 'length' | 'chunked'
  readonly body: string
  /** From its first byte to the one behind its last. */
  readonly from: number
  readonly to: number
}

/** What a strict reader stumbles over, and at which byte. `cut …` stands for a message that only lacks its end. */
export type Violation = { readonly rule: string; readonly at: number }

export type StrictRead = {
  readonly requests: readonly StrictRequest[]
  /** Null where the bytes are whole requests and nothing else. */
  readonly violation: Violation | null
}

/**
 * Reads a connection's bytes as requests, with the narrowest reading of RFC 9112: what a lenient reader might take in
 * another way is a violation. It shares no code with what it judges.
 *
 * Stricter than the RFC: origin-form and HTTP/1.1 only; one space after a colon, no blank at the end of a value; no
 * leading zero of a length; `chunked` in lower case and nothing else; no chunk extension, no trailer; no name that is
 * that of a framing field but for odd characters; no request behind `Connection: close`. Bytes from 0x80 on are
 * allowed in Cookie alone, which browsers fill with them.
 */
export function readStrictly(bytes: string): StrictRead {
  const requests: StrictRequest[] = []
  let at = 0
  while (at < bytes.length) {
    const last = requests.at(-1)
    if (last !== undefined && closes(last)) return { requests, violation: { rule: 'after the close', at } }
    const read = readRequest(bytes, at)
    if ('rule' in read) return { requests, violation: read }
    requests.push(read)
    at = read.to
  }
  return { requests, violation: null }
}

/** The request that begins at `from`. */
export function readRequest(bytes: string, from: number): StrictRequest | Violation {
  const head = readHead(bytes, from)
  if ('rule' in head) return head
  const { length, ...found } = head
  if (length === null) {
    const chunked = readChunks(bytes, head.to)
    return 'rule' in chunked ? chunked : { ...found, ...chunked, from }
  }
  const to = head.to + length
  if (to > bytes.length) return { rule: 'cut in the body', at: bytes.length }
  return { ...found, body: bytes.slice(head.to, to), to, from }
}

export type StrictHead = Pick<StrictRequest, 'method' | 'target' | 'fields' | 'framing' | 'to'> & {
  /** Null where the body is chunked. */
  readonly length: number | null
}

/** Only the head of the request at `from`; `to` is where its body begins. */
export function readHead(bytes: string, from: number): StrictHead | Violation {
  const lineEnd = endOfLine(bytes, from)
  if (typeof lineEnd !== 'number') return lineEnd
  const line = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\/[\x21-\x7e]*) HTTP\/1\.1$/.exec(bytes.slice(from, lineEnd))
  if (line === null || line[2]!.includes('#')) return { rule: 'request line', at: from }

  const fields: (readonly [string, string])[] = []
  let at = lineEnd + 2
  while (true) {
    const end = endOfLine(bytes, at)
    if (typeof end !== 'number') return end
    if (end === at) break
    const field = readField(bytes.slice(at, end), at)
    if ('rule' in field) return field
    fields.push(field)
    at = end + 2
  }
  const to = at + 2
  const framing = readFraming(fields, from)
  return 'rule' in framing ? framing : { method: line[1]!, target: line[2]!, fields, ...framing, to }
}

/** Every value of a field, by its exact name in any case. */
export function valuesOf({ fields }: Pick<StrictRequest, 'fields'>, name: string): string[] {
  return fields.flatMap(([each, value]) => (each.toLowerCase() === name.toLowerCase() ? [value] : []))
}

function closes(request: StrictRequest): boolean {
  return valuesOf(request, 'connection').some(value => /(^|,)[ \t]*close[ \t]*(,|$)/i.test(value))
}

/** Where the CRLF is that ends the line; a bare one of the two, or any other control character, is not passed over. */
function endOfLine(bytes: string, from: number): number | Violation {
  for (let at = from; at < bytes.length; at += 1) {
    const code = bytes.charCodeAt(at)
    if (code === 0x0d) {
      if (at + 1 === bytes.length) break
      return bytes.charCodeAt(at + 1) === 0x0a ? at : { rule: 'bare CR', at }
    }
    if (code === 0x0a) return { rule: 'bare LF', at }
    if ((code < 0x20 && code !== 0x09) || code === 0x7f) return { rule: 'control character', at }
  }
  return { rule: 'cut in the head', at: bytes.length }
}

function readField(line: string, at: number): readonly [string, string] | Violation {
  if (line.startsWith(' ') || line.startsWith('\t')) return { rule: 'folded field', at }
  const found = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+): ([^ \t](?:.*[^ \t])?)?$/s.exec(line)
  if (found === null) return { rule: 'field line', at }
  const name = found[1]!
  const value = found[2] ?? ''
  for (let index = 0; index < value.length; index += 1) {
    if (value.charCodeAt(index) >= 0x80 && name.toLowerCase() !== 'cookie')
      return { rule: 'foreign byte', at: at + name.length + 2 + index }
  }
  return [name, value]
}

const framingNames = ['host', 'content-length', 'transfer-encoding']

function readFraming(
  fields: StrictRequest['fields'],
  at: number,
): Pick<StrictHead, 'framing' | 'length'> | Violation {
  for (const [name] of fields) {
    const lower = name.toLowerCase()
    const plain = lower.replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '')
    if (framingNames.includes(plain) && plain !== lower) return { rule: 'imitated field', at }
  }
  const all = (name: string) => valuesOf({ fields }, name)
  const [hosts, lengths, codings] = [all('host'), all('content-length'), all('transfer-encoding')]
  if (hosts.length !== 1 || !/^[A-Za-z0-9.:[\]_-]+$/.test(hosts[0]!)) return { rule: 'one Host', at }
  if (lengths.length + codings.length > 1) return { rule: 'one framing', at }
  const [coding] = codings
  if (coding !== undefined)
    return coding === 'chunked' ? { framing: 'chunked', length: null } : { rule: 'transfer coding', at }
  const [length] = lengths
  if (length === undefined) return { framing: 'none', length: 0 }
  return /^(0|[1-9][0-9]{0,14})$/.test(length)
    ? { framing: 'length', length: Number(length) }
    : { rule: 'content length', at }
}

function readChunks(bytes: string, from: number): Pick<StrictRequest, 'body' | 'to'> | Violation {
  let body = ''
  let at = from
  while (true) {
    const end = endOfLine(bytes, at)
    if (typeof end !== 'number') return end.rule.startsWith('cut') ? { ...end, rule: 'cut in the body' } : end
    const size = bytes.slice(at, end)
    if (!/^(0|[1-9a-fA-F][0-9a-fA-F]{0,7})$/.test(size)) return { rule: 'chunk size', at }
    const length = Number.parseInt(size, 16)
    const next = end + 2 + length
    const tail = bytes.slice(next, next + 2)
    if (!'\r\n'.startsWith(tail)) return { rule: length === 0 ? 'trailer' : 'chunk end', at: next }
    if (tail.length < 2) return { rule: 'cut in the body', at: bytes.length }
    body += bytes.slice(end + 2, next)
    at = next + 2
    if (length === 0) return { body, to: at }
  }
}
