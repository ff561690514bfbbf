import { apache } from '../../support/apache.ts'
import { haproxy } from '../../support/haproxy.ts'
import { nginx } from '../../support/nginx.ts'
import { rawClient } from '../../support/raw-client.ts'
import type { Teardown } from '../../support/raw-peer.ts'
import { startSidecar } from '../../support/sidecar.ts'
import type { WebServer } from '../../support/web-server.ts'
import { startWebServer } from '../../support/web-server.ts'
import { decodeOnce, overDecode, startPathService } from './over-decoder.ts'
import { allowedPaths, protectedPaths } from './targets.ts'

export type Upstream = 'over-decoder' | 'nginx' | 'HAProxy' | 'Apache'
export const upstreams: readonly Upstream[] = ['over-decoder', 'nginx', 'HAProxy', 'Apache']

export type Proof = {
  readonly upstream: Upstream
  /** Targets that got a protected file through the sidecar. Nobody may. */
  readonly hits: readonly string[]
  /** Targets that got one from the same upstream without a sidecar: so many there are to be caught. */
  readonly hitsWithout: number
  readonly forwarded: number
  readonly refused: number
  /** Neither: an answer of ours that says the service failed, or none at all. */
  readonly failed: readonly string[]
  /** What reached a service of ours in other bytes than were sent. */
  readonly changed: readonly string[]
  /** Whether the owner of a protected file gets it, and the caller what is allowed: else nothing is proven. */
  readonly sound: boolean
}

const mark = 'PROTECTED'
const files: Readonly<Record<string, string>> = Object.fromEntries([
  ...protectedPaths.map(path => [`/${path}`, `${mark} ${path}`]),
  ...allowedPaths.map(path => [`/${path}`, 'allowed']),
])

/** What must be installed to prove this; null where it is ours. */
export function serverOf(upstream: Upstream, servicePort = 0): WebServer | null {
  if (upstream === 'nginx') return nginx(files)
  if (upstream === 'Apache') return apache(files)
  return upstream === 'HAProxy' ? haproxy(servicePort) : null
}

/** The caller is a member of globex; the private path wants an owner's permission, the other tenant's a member of it. */
const everything = '[encoded-slash, encoded-backslash, escaped-twice, empty-segment, dot-segment]'
const routes = `routes:
${route('/private/secret', 'billing:write')}
${route('/public/{name}', 'notes:read')}
${route('/files/{file_path...}', 'notes:read')}
    takes: ${everything}
${route('/tails/{rest...}', 'notes:read')}
${route('/tenants/{tenant_id}/notes', 'notes:read')}
    selectors: { tenant: ["path:tenant_id"] }`

function route(template: string, permission: string): string {
  return `  - match: GET ${template}\n    permission: ${permission}\n    isolation: assertion`
}

/** Sends every target to one upstream, through a whole sidecar and without. */
export async function prove(t: Teardown, upstream: Upstream, targets: readonly string[]): Promise<Proof> {
  const { port: direct, seen } = await start(t, upstream)
  const sidecar = await startSidecar(t, {
    origin: `http://127.0.0.1:${direct}`,
    routes,
    sections: { bounds: 'bounds: { headerBytes: 65536, targetBytes: 16384 }' },
  })
  const caller = sidecar.token('globex', 'member')
  const ask = (port: number, token: string) => (target: string) => get(port, target, token)
  const sound =
    (await ask(sidecar.port, sidecar.token('acme', 'owner'))('/private/secret')).includes(mark) &&
    (await ask(sidecar.port, sidecar.token('acme', 'member'))('/tenants/acme/notes')).includes(mark) &&
    (await ask(sidecar.port, caller)('/files/a')).includes('allowed')

  const without = await each(targets, ask(direct, caller))
  const from = seen?.length ?? 0
  const answers = await each(targets, ask(sidecar.port, caller))
  const sent = new Set(targets)
  const ours = answers.map(answer => /^content-type: application\/problem\+json/im.test(answer))
  const statuses = answers.map(answer => Number(answer.slice(9, 12)))
  const failed = targets.filter(
    (_, index) => statuses[index]! === 0 || (ours[index] && statuses[index]! >= 500),
  )
  return {
    upstream,
    hits: targets.filter((_, index) => answers[index]!.includes(mark)),
    hitsWithout: without.filter(answer => answer.includes(mark)).length,
    forwarded: ours.filter((own, index) => !own && statuses[index] !== 0).length,
    refused: ours.filter(own => own).length - failed.length,
    failed,
    changed: upstream === 'over-decoder' ? seen!.slice(from).filter(target => !sent.has(target)) : [],
    sound,
  }
}

async function start(t: Teardown, upstream: Upstream): Promise<{ port: number; seen?: readonly string[] }> {
  const service = await startPathService(t, files, upstream === 'HAProxy' ? decodeOnce : overDecode)
  const server = serverOf(upstream, service.port)
  return server === null ? service : await startWebServer(t, server)
}

const atATime = 24

async function each(targets: readonly string[], ask: (target: string) => Promise<string>): Promise<string[]> {
  const answers = new Array<string>(targets.length)
  let next = 0
  const worker = async () => {
    while (next < targets.length) {
      const index = next
      next += 1
      answers[index] = await ask(targets[index]!)
    }
  }
  await Promise.all(Array.from({ length: atATime }, worker))
  return answers
}

async function get(port: number, target: string, token: string): Promise<string> {
  const client = await rawClient(port)
  client.send(
    `GET ${target} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`,
  )
  return client.closed()
}
