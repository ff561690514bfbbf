import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'

/** What a provider answers with when it is asked for its keys. */
export type Bomb = { readonly name: string; readonly explode: (response: ServerResponse) => void }

const megabyte = 1_048_576

export const bombs: readonly Bomb[] = [
  whole('a key set of 1 MB of keys that are none', () =>
    JSON.stringify({ keys: Array(34_000).fill({ kty: 'oct', kid: 'k' }) }),
  ),
  whole('a key set of 100 RSA keys of 8192 bits', () =>
    JSON.stringify({ keys: Array.from({ length: 100 }, (_, index) => rsaKey(`k${index}`)) }),
  ),
  whole('a key set of 400 kB of brackets', () => '['.repeat(200_000) + ']'.repeat(200_000)),
  whole('a key set that is one string of 1 MB', () => JSON.stringify('a'.repeat(megabyte - 100))),
  {
    name: 'a key set of 64 kB that unpacks to 64 MB',
    explode(response) {
      response.setHeader('content-encoding', 'gzip')
      response.end(gzipSync(Buffer.alloc(64 * megabyte)))
    },
  },
  {
    name: 'a key set without an end',
    explode(response) {
      const piece = Buffer.alloc(65_536, 0x20)
      response.on('error', () => {})
      const pour = () => {
        while (!response.destroyed && response.write(piece));
      }
      response.on('drain', pour)
      pour()
    },
  },
]

function whole(name: string, text: () => string): Bomb {
  const body = text()
  return { name, explode: response => void response.end(body) }
}

function rsaKey(kid: string): object {
  const modulus = randomBytes(1024)
  modulus[0]! |= 0x80
  modulus[1023]! |= 1
  return { kty: 'RSA', kid, alg: 'RS256', use: 'sig', e: 'AQAB', n: modulus.toString('base64url') }
}
