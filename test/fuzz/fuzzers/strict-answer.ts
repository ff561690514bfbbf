import { Violation } from '../fuzzer.ts'

export type StrictAnswer = {
  readonly status: number
  readonly fields: readonly (readonly [string, string])[]
  readonly body: string
  /** How many 1xx heads came before. */
  readonly informs: number
  readonly to: number
}

/**
 * Reads what a sidecar answered, as narrowly as strict-http.ts reads requests.
 *
 * @returns null while the answer is not whole; throws a Violation for what cannot become one
 */
export function readAnswer(text: string, method: string): StrictAnswer | null {
  let from = 0
  for (let informs = 0; ; informs += 1) {
    const end = text.indexOf('\r\n\r\n', from)
    if (end === -1) return null
    const { status, fields } = readHead(text.slice(from, end))
    from = end + 4
    if (status >= 200) return readBody(text, from, { method, status, fields, informs })
  }
}

type Head = Pick<StrictAnswer, 'status' | 'fields' | 'informs'> & { readonly method: string }

function readHead(head: string): Pick<StrictAnswer, 'status' | 'fields'> {
  const [first, ...lines] = head.split('\r\n')
  const status = /^HTTP\/1\.1 ([1-5][0-9]{2}) [\t\x20-\x7e]*$/.exec(first!)
  if (status === null) throw new Violation('the answer begins with a status line')
  const fields = lines.map(line => {
    const field = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?([\t\x20-\x7e\x80-\xff]*)$/.exec(line)
    if (field === null) throw new Violation('every line of its head is a field')
    return [field[1]!.toLowerCase(), field[2]!.replace(/^[ \t]+|[ \t]+$/g, '')] as const
  })
  return { status: Number(status[1]), fields }
}

function readBody(text: string, from: number, head: Head): StrictAnswer | null {
  const { status, fields, informs } = head
  const whole = (body: string, to: number) => ({ status, fields, informs, body, to })
  const all = (name: string) => fields.flatMap(([each, value]) => (each === name ? [value] : []))
  const lengths = all('content-length')
  const codings = all('transfer-encoding')
  if (lengths.length + codings.length > 1) throw new Violation('the answer is framed in one way')
  if (head.method === 'HEAD' || status === 204 || status === 304) return whole('', from)
  if (codings.length === 1) return readChunks(text, from, whole)
  const length = lengths[0] ?? ''
  if (!/^[0-9]{1,20}$/.test(length)) throw new Violation('the answer says how long it is')
  const to = from + Number(length)
  return text.length < to ? null : whole(text.slice(from, to), to)
}

function readChunks(
  text: string,
  from: number,
  whole: (body: string, to: number) => StrictAnswer,
): StrictAnswer | null {
  let body = ''
  for (let at = from; ; ) {
    const end = text.indexOf('\r\n', at)
    if (end === -1) return null
    if (!/^[0-9a-fA-F]{1,8}$/.test(text.slice(at, end))) throw new Violation('chunks have plain sizes')
    const size = Number.parseInt(text.slice(at, end), 16)
    if (size === 0) {
      // Fields may follow, up to an empty line.
      if (text.startsWith('\r\n', end + 2)) return whole(body, end + 4)
      const last = text.indexOf('\r\n\r\n', end + 2)
      return last === -1 ? null : whole(body, last + 4)
    }
    at = end + 2 + size + 2
    if (text.length < at) return null
    if (!text.startsWith('\r\n', at - 2)) throw new Violation('chunks are as long as they say')
    body += text.slice(end + 2, at - 2)
  }
}
