import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { foldName } from '../../../src/http1/field-name.ts'
import { refusals } from '../../../src/proxy/refusal.ts'
import { createRandom, integerBelow } from '../../support/random.ts'
import type { Sidecar } from '../../support/sidecar.ts'
import { startSidecar, userIdOf } from '../../support/sidecar.ts'
import type { StrictRequest } from '../../support/strict-http.ts'
import { readRequest, valuesOf } from '../../support/strict-http.ts'
import type { Fuzzer, Random } from '../fuzzer.ts'
import { hold, Violation } from '../fuzzer.ts'
import { chance, oneOf } from '../mutate.ts'
import type { Scope } from '../scope.ts'
import { createScope } from '../scope.ts'
import { generateHead } from './heads-made.ts'
import { readAnswer } from './strict-answer.ts'

/**
 * Whole requests through a whole sidecar, in pieces and behind a good one: what reaches the service is strict HTTP to a
 * path that was allowed, in the name of whose token it was; what the client gets are whole answers of the table.
 */
export async function startSidecarFuzzer(): Promise<Fuzzer> {
  const scope = createScope()
  const flaws: string[] = []
  const origin = await startStrictService(scope, flaws)
  const sidecar = await startSidecar(scope.t, {
    origin,
    sections: {
      bounds: 'bounds: { unprovenPerAddressPerSecond: 0, unprovenPerSecond: 10000000, headerBytes: 16384 }',
    },
  })
  const token = sidecar.token('acme', 'member')
  return {
    name: 'sidecar',
    concurrency: 24,
    generate,
    check: async input => {
      const answers = await converse(sidecar, input.replaceAll(placeholder, token))
      const [flaw] = flaws.splice(0)
      if (flaw !== undefined) throw new Violation(flaw)
      return answers
    },
    close: scope.close,
  }
}

const placeholder = 'a.b.c'
const patienceMs = 150
const allowedPaths =
  /^\/(notes(\/[^/?]+)?|whoami|members|billing|(tenants|workspaces)\/[^/?]+\/notes|socket|health)(\?.*)?$/

/** Answers whatever is strict, and keeps nothing. */
async function startStrictService(scope: Scope, flaws: string[]): Promise<string> {
  const server = createServer({ noDelay: true }, socket => {
    let text = ''
    scope.t.teardown(() => socket.destroy())
    socket.on('error', () => {})
    socket.on('data', chunk => {
      text += chunk.toString('latin1')
      while (text !== '') {
        const request = readRequest(text, 0)
        if ('rule' in request) {
          if (request.rule.startsWith('cut')) return
          flaws.push(`what reaches the service is strict: ${request.rule}`)
          socket.destroy()
          return
        }
        text = text.slice(request.to)
        const wrong = wrongIn(request)
        if (wrong !== null) flaws.push(wrong)
        socket.write(request.method === 'HEAD' ? head : `${head}ok`)
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  scope.t.teardown(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const head = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n'

function wrongIn(request: StrictRequest): string | null {
  if (!allowedPaths.test(request.target)) return 'the path that is sent is one that was allowed'
  const tenants = valuesOf(request, 'x-qlp-tenant-id')
  const isPublic = request.target.startsWith('/health')
  if (tenants.length !== (isPublic ? 0 : 1)) return 'one tenant is named, where a token was asked for'
  if (!isPublic && valuesOf(request, 'x-qlp-user-id').join() !== userIdOf('acme', 'member'))
    return 'the user is the one of the token'
  for (const [name, value] of request.fields) {
    const folded = foldName(name)
    if (value.includes('evil') && /^x-(qlp-.*|tenant-id|forwarded-.*|original-.*)$/.test(folded))
      return `nothing reserved survives: ${name}`
    if (folded === 'authorization') return 'no token is sent on'
  }
  return null
}

/** Sends the input and a last request behind it, and reads until the connection is closed or nothing more comes. */
async function converse(sidecar: Sidecar, input: string): Promise<string> {
  const socket = connect({ port: sidecar.port, host: '127.0.0.1', noDelay: true })
  socket.setEncoding('latin1')
  let text = ''
  socket.on('data', chunk => {
    text += chunk
  })
  socket.on('error', () => {})
  const closed = new Promise<void>(resolve => socket.once('close', () => resolve()))
  for (const piece of piecesOf(input)) {
    if (!socket.writable) break
    socket.write(piece, 'latin1')
    await new Promise(resolve => setImmediate(resolve))
  }
  socket.write('GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  const patience = new AbortController()
  await Promise.race([closed, sleep(patienceMs, null, { signal: patience.signal }).catch(() => {})])
  patience.abort()
  const isClosed = socket.closed
  socket.destroy()
  return `${isClosed ? '' : 'waits after '}${judge(text, input)}`
}

function judge(text: string, input: string): string {
  const statuses: number[] = []
  const methods = [...input.matchAll(/^([A-Z-]+) [^\r\n]* HTTP/gm)].map(match => match[1]!)
  for (let at = 0; at < text.length; ) {
    // An answer to HEAD has no body; whether this is one, only its method tells.
    const answer = readAnswer(text.slice(at), methods[statuses.length] ?? 'GET') ?? null
    if (answer === null) return 'a cut answer'
    hold(expected.has(answer.status), `status ${answer.status} is one that a client can cause`)
    statuses.push(answer.status)
    at += answer.to
  }
  return statuses.slice(0, 2).join(' ') || 'nothing'
}

/** Not that something of ours broke, nor that the service was sent what it could not read. */
const expected: ReadonlySet<number> = new Set(
  [200, ...Object.values(refusals).map(({ status }) => status)].filter(
    status => status < 500 || status === 505,
  ),
)

function piecesOf(input: string): string[] {
  const random = createRandom(input.length)
  const way = integerBelow(random, 4)
  if (way < 2) return [input]
  if (way === 2) return input.split(/(?<=\r)/)
  const pieces: string[] = []
  for (let at = 0; at < input.length; ) {
    const end = at + 1 + integerBelow(random, 40)
    pieces.push(input.slice(at, end))
    at = end
  }
  return pieces
}

const targets = [
  '/notes',
  '/notes',
  '/notes/1',
  '/whoami',
  '/tenants/acme/notes',
  '/workspaces/lab/notes',
  '/health',
  '/socket',
  '/notes?a=b',
]
const good = `GET /whoami HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${placeholder}\r\n\r\n`

function generate(random: Random, corpus: readonly string[]): string {
  let text = generateHead(random, corpus)
  if (chance(random, 0.85)) text = text.replace(/^([A-Z]+) [^ \r\n]+ /, `$1 ${oneOf(random, targets)} `)
  if (chance(random, 0.8) && !text.includes('Authorization'))
    text = text.replace('\r\n', `\r\nAuthorization: Bearer ${placeholder}\r\n`)
  return chance(random, 0.2) ? good + text : text
}
