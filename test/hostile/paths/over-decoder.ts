import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Teardown } from '../../support/raw-peer.ts'

export type PathService = {
  readonly origin: string
  readonly port: number
  /** Each target that came, as it came. */
  readonly seen: readonly string[]
}

/** A service that answers with what it reads the path as, and 404 for what it has not. */
export async function startPathService(
  t: Teardown,
  files: Readonly<Record<string, string>>,
  reads: (target: string) => string,
): Promise<PathService> {
  const seen: string[] = []
  const server = createServer({ maxHeaderSize: 65_536, keepAliveTimeout: 60_000 }, (request, response) => {
    seen.push(request.url!)
    const path = reads(request.url!)
    const name = Object.keys(files).find(each => path === each || path.startsWith(`${each}/`))
    response.statusCode = name === undefined ? 404 : 200
    response.end(name === undefined ? 'nothing' : files[name])
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { port, origin: `http://127.0.0.1:${port}`, seen }
}

/** What HAProxy has normalised is decoded once, and nothing more. */
export function decodeOnce(target: string): string {
  return decode(target.replace(/[?#].*$/s, ''))
}

/**
 * The worst of all services: decodes until nothing changes, `%u` and overlong UTF-8 as well, turns backslashes, cuts
 * parameters, queries, fragments and NULs, trims dots and spaces, merges, climbs, and knows no case.
 */
export function overDecode(target: string): string {
  let text = target.replace(/^[a-z]+:\/\/[^/]*/i, '').replace(/[?#].*$/s, '')
  for (let before = ''; before !== text; ) {
    before = text
    text = collapse(decode(text))
  }
  return text.toLowerCase()
}

function collapse(text: string): string {
  const kept: string[] = []
  const path = text.replaceAll('\\', '/').replace(/[?#\0].*$/s, '')
  for (const segment of path.split('/')) {
    const name = segment.replace(/;.*$/s, '').trim()
    if (/^\.\.[. ]*$/.test(name)) kept.pop()
    else if (!/^[. ]*$/.test(name)) kept.push(name.replace(/[. ]+$/, ''))
  }
  return `/${kept.join('/')}`
}

function decode(text: string): string {
  const bytes = text
    .replace(/%u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    // Overlong forms of ASCII: two bytes or three.
    .replace(/%c([01])%([89ab][0-9a-f])/gi, (_, high: string, low: string) =>
      String.fromCharCode((Number(high) << 6) | (Number.parseInt(low, 16) & 0x3f)),
    )
    .replace(/%e0%([89])([0-9a-f])%([89ab][0-9a-f])/gi, (_, _high: string, middle: string, low: string) =>
      String.fromCharCode((Number.parseInt(middle, 16) << 6) | (Number.parseInt(low, 16) & 0x3f)),
    )
  return bytes.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
