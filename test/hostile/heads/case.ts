/** What has to become of the bytes of one case. */
export type Expected =
  /** Nothing of it goes on, and nothing behind it on the same connection is read as a request. */
  | 'refused'
  /** Nothing of it goes on, but where it ends is clear: what follows may be served. */
  | 'denied'
  /** Its body turns out broken: at most the beginning of it goes on, on a connection that is used no more. */
  | 'broken'
  /** It goes on as exactly this one request. */
  | Forwarded

export type Forwarded = { readonly method: string; readonly target: string; readonly body: string }

export type Source = 'AWS severe' | 'AWS ambiguous' | 'own'

export type HeadCase = {
  readonly name: string
  /** Latin-1; `{token}` stands for a good token. */
  readonly bytes: string
  readonly expected: Expected
  readonly source: Source
  /** It announces more than it has: only the end of the connection shows that it is broken. */
  readonly endless?: true
  /** It says itself that nothing follows, or speaks HTTP/1.0. */
  readonly last?: true
  /** Behind requests without an answer there is no place to refuse it from: the connection is cut, theirs with it. */
  readonly alone?: true
}

export const hostFields = 'Host: shop.example\r\nAuthorization: Bearer {token}\r\n'

/** A request that is fine but for what the case puts into it. */
export function request(line: string, fields: string, body = ''): string {
  return `${line}\r\n${hostFields}${fields}\r\n${body}`
}

export function get(fields: string, line = 'GET /notes HTTP/1.1'): string {
  return request(line, fields)
}

export function post(fields: string, body = ''): string {
  return request('POST /notes HTTP/1.1', fields, body)
}

export function chunked(body: string, fields = ''): string {
  return post(`Transfer-Encoding: chunked\r\n${fields}`, body)
}

export function forwarded(method: string, body = '', target = '/notes'): Forwarded {
  return { method, target, body }
}

/** A table of one kind: each row its name and its bytes. */
export function cases(
  expected: Expected,
  rows: readonly (readonly [name: string, bytes: string])[],
  source: Source = 'own',
): HeadCase[] {
  return rows.map(([name, bytes]) => ({ name, bytes, expected, source }))
}

/** `\x01` and the like, so that two names are never the same text. */
export function shown(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}
