import type { Test } from 'tap'
import type { Recorder } from './recorder.ts'
import { startRecorder } from './recorder.ts'
import type { Sidecar, SidecarUser } from './sidecar.ts'
import { startSidecar } from './sidecar.ts'
import { until } from './until.ts'

/** A sidecar with a recorder behind it, to ask for targets byte for byte. */
export type TargetLane = {
  readonly sidecar: Sidecar
  readonly recorder: Recorder
  readonly ask: (target: string, more?: Asked) => Promise<TargetAnswer>
  /** The targets that arrived at the service, in their order. */
  readonly sent: () => string[]
}

export type Asked = {
  readonly method?: string
  /** Of acme; an owner by default, so that only what the target says can be refused. */
  readonly user?: SidecarUser
  /** Each with its CRLF. */
  readonly fields?: string
}

export type TargetAnswer = {
  readonly status: number
  /** Of the refusal; null where there is none. */
  readonly code: string | null
  /** What the log calls the request. */
  readonly id: string
}

/** Guests hold self:read. `/files` takes all that a tail can take, `/plain` nothing. */
export const targetRoutes = `routes:
${route('GET /public/{name}', 'self:read')}
${route('DELETE /public/{name}', 'billing:write')}
${route('GET /public/admin', 'billing:write')}
${route('GET /private', 'billing:write')}
${route('GET /private/{name}', 'billing:write')}
${route('GET /plain/{file_path...}', 'self:read')}
${route('GET /files/{file_path...}', 'self:read')}
    takes: [encoded-slash, encoded-backslash, encoded-delimiter, escaped-twice, empty-segment, dot-segment]`

function route(match: string, permission: string): string {
  return `  - match: ${match}\n    permission: ${permission}\n    isolation: assertion`
}

export async function openTargetLane(t: Test, routes: string = targetRoutes): Promise<TargetLane> {
  const recorder = await startRecorder(t)
  const sidecar = await startSidecar(t, { origin: recorder.origin, routes })
  let asked = 0
  return {
    sidecar,
    recorder,
    sent: () => recorder.requests().map(({ target }) => target),
    async ask(target, { method = 'GET', user = 'owner', fields = '' } = {}) {
      const id = `asked-${++asked}`
      const token = sidecar.token('acme', user)
      const client = await sidecar.connect()
      client.send(
        `${method} ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Request-ID: ${id}\r\n` +
          `Authorization: Bearer ${token}\r\n${fields}\r\n`,
      )
      const answer = await client.closed()
      const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? 0)
      return { status, code: /"code":"([A-Z_]+)"/.exec(answer)?.[1] ?? null, id }
    },
  }
}

/** What each target is refused with: a rule of TARGET_MALFORMED, or another code. */
export type Expected = Readonly<Record<string, string>>

/** Asks for each as an owner; none may arrive at the service. */
export async function refusesAll(t: Test, lane: TargetLane, expected: Expected): Promise<void> {
  const before = lane.sent().length
  const answers = new Map<string, TargetAnswer>()
  for (const target of Object.keys(expected)) answers.set(target, await lane.ask(target))
  const malformed = [...answers.values()].filter(({ code }) => code === 'TARGET_MALFORMED')
  let rules = new Map<unknown, unknown>()
  await until('the log has them all', () => {
    rules = new Map(lane.sidecar.log().map(({ request_id, rule }) => [request_id, rule]))
    return malformed.every(({ id }) => rules.has(id))
  })
  const found = [...answers].map(([target, { status, code, id }]) => {
    const isRefused = status >= 400 && status < 500
    return [target, code === 'TARGET_MALFORMED' ? rules.get(id) : isRefused ? code : status]
  })
  t.same(Object.fromEntries(found), expected)
  t.same(lane.sent().slice(before), [], 'none of them is sent on')
}

/** Asks for each; they have to arrive at the service as they are. */
export async function sendsAll(
  t: Test,
  lane: TargetLane,
  targets: readonly string[],
  asked: Asked = {},
): Promise<void> {
  const before = lane.sent().length
  for (const target of targets) t.equal((await lane.ask(target, asked)).status, 200, shown(target))
  t.same(lane.sent().slice(before), targets, 'each is sent on byte for byte')
}

function shown(target: string): string {
  return JSON.stringify(target.length > 80 ? `${target.slice(0, 80)}…` : target)
}
