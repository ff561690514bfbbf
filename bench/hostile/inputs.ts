import type { SidecarHello } from './sidecar-process.ts'

/** What a client sends over and over, in one write, and how many answers it waits for before it sends it again. */
export type Input = {
  readonly name: string
  readonly bytes: string
  readonly answers: number
  /** Nothing to be worried about: what the others are compared with. */
  readonly honest?: true
}

const host = 'Host: a\r\n'

/** Everything that was thought of to cost much; what costs most is told first afterwards. */
export function hostileInputs({ tokens }: SidecarHello): readonly Input[] {
  const bearer = (token: string) => `Authorization: Bearer ${token}\r\n`
  const good = bearer(tokens.good)
  const get = (fields: string, target = '/notes') => `GET ${target} HTTP/1.1\r\n${host}${fields}\r\n`
  const post = (fields: string, body: string) => `POST /notes HTTP/1.1\r\n${host}${good}${fields}\r\n${body}`
  const chunked = 'Transfer-Encoding: chunked\r\n'
  const one = (name: string, bytes: string): Input => ({ name, bytes, answers: 1 })
  const small = get('')
  return [
    { ...one('an honest request', get(good)), honest: true },
    { name: 'honest requests, 8 at a time', bytes: get(good).repeat(8), answers: 8, honest: true },
    one('no token', small),
    { name: 'no token, 8 requests at a time', bytes: small.repeat(8), answers: 8 },
    one('a head of 98 fields of a byte', get(`${'a:\r\n'.repeat(97)}${good}`)),
    one('a head of 6000 fields of a byte', get('a:\r\n'.repeat(6000))),
    one('a Cookie of 30 kB', get(`Cookie: ${'a=b; '.repeat(6000)}\r\n`)),
    one('95 Cookies', get(`${'Cookie: a=b\r\n'.repeat(95)}${good}`)),
    one('a target of 8 kB with 4000 segments', get(good, '/a'.repeat(4000))),
    one('a target of 8 kB of escapes', get(good, `/${'%41'.repeat(2700)}`)),
    one('a query of 8 kB', get(good, `/notes?${'a=b&'.repeat(2000)}`)),
    one('15,000 names in Connection', get(`Connection: ${'a,'.repeat(15_000)}\r\n${good}`)),
    one('300 names in each of 90 Connections', get(`Connection: ${'a,'.repeat(150)}\r\n`.repeat(90) + good)),
    one('X-Forwarded-For of 30 kB', get(`X-Forwarded-For: ${'1.1.1.1,'.repeat(3700)}\r\n`)),
    one('a token of 8 kB of dots', get(bearer('.'.repeat(8192)))),
    one('a token of 30 kB', get(bearer('a'.repeat(30_000)))),
    one('a token of 8 kB of brackets', get(bearer(deep('[', 3000)))),
    one('a token of 8 kB of members', get(bearer(members(600)))),
    one('a token with a bad signature', get(bearer(tokens.badSignature))),
    one('a token with an unknown key', get(bearer(tokens.unknownKey))),
    one('a body in 10,000 chunks of a byte', post(chunked, `${'1\r\nx\r\n'.repeat(10_000)}0\r\n\r\n`)),
    one('a chunk with an extension of 60 kB', post(chunked, `1;${'a'.repeat(60_000)}\r\nx\r\n0\r\n\r\n`)),
    one(
      '200 chunks with extensions of 60 bytes',
      post(chunked, `${`1;${'a'.repeat(60)}\r\nx\r\n`.repeat(200)}0\r\n\r\n`),
    ),
    one('trailers of 60 kB', post(chunked, `1\r\nx\r\n0\r\n${'a:b\r\n'.repeat(12_000)}\r\n`)),
    one(
      'a body of 60 kB that nobody takes',
      `POST /nowhere HTTP/1.1\r\n${host}Content-Length: 60000\r\n\r\n${'x'.repeat(60_000)}`,
    ),
    one('garbage', 'x'.repeat(1000)),
    one('the service sends 2000 heads of 103', get(good, '/notes/informs')),
    one('the service sends 10,000 chunks of a byte', get(good, '/notes/chunks')),
    one('the service sends 3000 fields', get(good, '/notes/fields')),
  ]
}

const header = part('{"alg":"ES256","kid":"k1"}')
const signature = Buffer.alloc(64, 7).toString('base64url')

function deep(bracket: '[', times: number): string {
  return `${header}.${part(`{"iss":${bracket.repeat(times)}${']'.repeat(times)}}`)}.${signature}`
}

function members(count: number): string {
  const all = Array.from({ length: count }, (_, index) => `"${index}":0`)
  return `${header}.${part(`{${all.join()}}`)}.${signature}`
}

function part(text: string): string {
  return Buffer.from(text).toString('base64url')
}
