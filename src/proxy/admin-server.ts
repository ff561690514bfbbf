import type { IncomingMessage } from 'node:http'
import { isLoopbackHost } from '../lib/loopback.ts'
import type { Prover } from '../signing/proof.ts'
import type { SideAnswer, SideServer } from './side-server.ts'
import { createSideServer, plain } from './side-server.ts'

export type AdminServerPorts = {
  readonly prover: Pick<Prover, 'publicKeys'>
  /** The configuration in force, without secrets. */
  readonly config: () => unknown
  readonly onFailure: (path: string, error: unknown) => void
}

/**
 * The port for whoever shares this pod: the key set that checks our assertions, and the configuration in force. It is
 * bound to loopback; and as a browser on the same machine can be led to a loopback port by a name it was made to
 * resolve so, the Host must be a loopback name as well, and no page may ask: a browser that asks for one says so in Origin
 * or, where that is left out, in Sec-Fetch-Site.
 */
export function createAdminServer(ports: AdminServerPorts): SideServer {
  const { prover, config, onFailure } = ports
  return createSideServer({
    guard,
    onFailure,
    routes: new Map<string, () => SideAnswer>([
      ['/.well-known/jwks.json', () => json(prover.publicKeys(), 'application/jwk-set+json')],
      ['/config', () => json(config(), 'application/json')],
    ]),
  })
}

function guard(request: IncomingMessage): SideAnswer | null {
  const { host, origin, 'sec-fetch-site': site } = request.headers
  if (host === undefined || !isLoopbackHost(hostname(host))) return plain(421, 'not by this name')
  const isTyped = site === undefined || site === 'none'
  return origin === undefined && isTyped ? null : plain(403, 'not from a page')
}

/** The Host field without its port. */
function hostname(host: string): string {
  return host.replace(/:[0-9]{1,5}$/, '')
}

function json(value: unknown, type: string): SideAnswer {
  return { status: 200, type, body: `${JSON.stringify(value, null, 2)}\n` }
}
