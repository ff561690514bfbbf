import { once } from 'node:events'
import { connect, Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RawPeer } from '../../support/raw-peer.ts'
import { startRawService } from '../../support/raw-peer.ts'
import { startSidecarBack } from '../../support/sidecar-back.ts'
import { readHead, readRequest } from '../../support/strict-http.ts'
import type { Fuzzer } from '../fuzzer.ts'
import { hold } from '../fuzzer.ts'
import type { Scope } from '../scope.ts'
import { createScope } from '../scope.ts'
import { generateAnswer } from './responses-made.ts'
import type { StrictAnswer } from './strict-answer.ts'
import { readAnswer } from './strict-answer.ts'

/**
 * Answers of a service that has gone wrong: the client gets a whole answer, a clean refusal or a cut connection, and
 * never a byte that belongs to another exchange; the next request is answered as if nothing had happened.
 */
export async function startResponses(): Promise<Fuzzer> {
  const socketsBefore = sockets()
  const idle = await Promise.all(Array.from({ length: lanes }, openLane))
  const all = new Set(idle)
  return {
    name: 'responses',
    concurrency: lanes,
    generate: generateAnswer,
    check: async input => {
      let lane = idle.pop()!
      if (lane.isWorn()) {
        await lane.scope.close()
        all.delete(lane)
        lane = await openLane()
        all.add(lane)
      }
      try {
        return await lane.check(input)
      } finally {
        idle.push(lane)
      }
    },
    close: async () => {
      for (const lane of all) await lane.scope.close()
      for (let count = 0; count < 100 && sockets() > socketsBefore; count += 1) await sleep(20)
      hold(sockets() <= socketsBefore, 'no socket is left open')
    },
  }
}

const lanes = 24
const laneCasesMax = 1000
const silenceMs = 120
const timeouts = { headersMs: silenceMs, idleMs: silenceMs }
const connectionsMax = 2

/** One sidecar with a service and a client of its own, so that what comes late can only meet the next case of the lane. */
type Lane = {
  readonly scope: Scope
  readonly check: (input: string) => Promise<string>
  /** Its service keeps all that it was ever sent. */
  readonly isWorn: () => boolean
}

async function openLane(): Promise<Lane> {
  const scope = createScope()
  const scripts = new Map<string, Script>()
  const service = await startRawService(scope.t, peer => serve(peer, scripts))
  const open = () => peers.filter(peer => !peer.socket.destroyed).length
  const peers: RawPeer[] = []
  const { port } = await startSidecarBack(scope.t, {
    origin: service.origin,
    rule: { timeouts, bodyBytesMax: 100_000 },
    connections: connectionsMax,
  })
  let cases = 0

  return {
    scope,
    isWorn: () => cases >= laneCasesMax,
    check: async input => {
      cases += 1
      const mark = `[${String(cases).padStart(7, '0')}]`
      const newline = input.indexOf('\n')
      const method = methods.get(input.slice(0, newline)) ?? methods.get('GET')!
      const script = createScript(input.slice(newline + 1).replaceAll(placeholder, mark), method.early)
      scripts.set(`/case-${cases}`, script)
      scripts.set(`/next-${cases}`, createScript(answerOf(mark), false))
      const first = await exchange(port, method, `/case-${cases}`)
      script.stop()
      await script.done
      await turns(4)
      const next = await exchange(port, methods.get('GET')!, `/next-${cases}`)
      scripts.clear()
      scope.assertCalm()
      for (const text of [first.text, next.text]) {
        for (const [found] of text.matchAll(/\[[0-9]{7}\]/g))
          hold(found === mark, 'no byte is of another exchange')
      }
      const { status = 0, body = '' } = next.answer ?? {}
      hold(status === 200 && body === mark, `the next request is answered, not with ${status}`)
      peers.push(...(await newPeers(service, peers.length)))
      hold(open() <= connectionsMax * 2, 'no more connections are open than told')
      return judge(first)
    },
  }
}

async function newPeers(
  service: Awaited<ReturnType<typeof startRawService>>,
  from: number,
): Promise<RawPeer[]> {
  return Promise.all(
    Array.from({ length: service.count() - from }, (_, index) => service.connection(from + index)),
  )
}

type Exchanged = { readonly text: string; readonly answer: StrictAnswer | null }

function judge({ text, answer }: Exchanged): string {
  if (answer === null) return text === '' ? 'cut before an answer' : 'cut'
  hold(answer.to === text.length, 'nothing follows an answer')
  const isOurs = answer.fields.some(
    ([name, value]) => name === 'content-type' && value === 'application/problem+json',
  )
  if (isOurs)
    hold([502, 503, 504].includes(answer.status), 'a refusal of ours says that the service is to blame')
  return isOurs ? `refused ${answer.status}` : 'whole'
}

type Method = {
  readonly line: string
  readonly fields: string
  readonly body: readonly string[]
  readonly early: boolean
}

const methods: ReadonlyMap<string, Method> = new Map([
  ['GET', { line: 'GET', fields: '', body: [], early: false }],
  ['HEAD', { line: 'HEAD', fields: '', body: [], early: false }],
  ['POST', { line: 'POST', fields: 'Content-Length: 3\r\n', body: ['abc'], early: false }],
  ['DELETE', { line: 'DELETE', fields: '', body: [], early: false }],
  [
    'PUT',
    {
      line: 'PUT',
      fields: 'Transfer-Encoding: chunked\r\n',
      body: ['3\r\nabc\r\n', '0\r\n\r\n'],
      early: true,
    },
  ],
  [
    'EXPECT',
    {
      line: 'PUT',
      fields: 'Expect: 100-continue\r\nContent-Length: 6\r\n',
      body: ['abc', 'abc'],
      early: true,
    },
  ],
])

function answerOf(mark: string): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${mark.length}\r\n\r\n${mark}`
}

/** Reads until the answer is whole, or the connection is closed. */
async function exchange(port: number, method: Method, target: string): Promise<Exchanged> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  socket.setEncoding('latin1')
  socket.on('error', () => {})
  let text = ''
  let answer: StrictAnswer | null = null
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  socket.on('close', () => resolve())
  socket.on('data', chunk => {
    text += chunk
    try {
      answer ??= readAnswer(text, method.line)
    } catch (error) {
      reject(error)
    }
    if (answer !== null) resolve()
  })
  socket.write(`${method.line} ${target} HTTP/1.1\r\nHost: a\r\n${method.fields}\r\n`)
  for (const part of method.body) {
    if (method.early) await turns(3)
    if (socket.writable) socket.write(part)
  }
  try {
    await promise
    // What is wrongly sent behind an answer is there by now.
    await turns(2)
  } finally {
    socket.destroy()
  }
  return { text, answer }
}

/** What the service writes, and when: `<pause>` lets others run, `<end>` and `<reset>` close, `<silence>` says no more. */
type Script = {
  readonly early: boolean
  readonly play: (socket: Socket) => Promise<void>
  readonly stop: () => void
  readonly done: Promise<void>
}

export const placeholder = '[#######]'

function createScript(text: string, early: boolean): Script {
  const { promise: done, resolve: finish } = Promise.withResolvers<void>()
  let stopped = false
  let playing = false
  return {
    early,
    done,
    stop: () => {
      if (!playing) finish()
      stopped = true
    },
    play: async socket => {
      if (playing || stopped) return
      playing = true
      for (const part of text.split(/(<pause>|<end>|<reset>|<silence>)/)) {
        if (part === '<pause>') await turns(stopped ? 1 : 3)
        else if (part === '<end>') socket.end()
        else if (part === '<reset>') reset(socket)
        else if (part === '<silence>') break
        else if (part !== '' && socket.writable) {
          if (!socket.write(part, 'latin1'))
            await Promise.race([once(socket, 'drain').catch(() => {}), once(socket, 'close')])
        }
      }
      finish()
    },
  }
}

/** Node loses a handle that is reset while its shutdown is under way, and can then never exit. */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy()
  else socket.resetAndDestroy()
}

function serve(peer: RawPeer, scripts: ReadonlyMap<string, Script>): void {
  let at = 0
  let begun = -1
  // Else what no request has asked for would leave with the acknowledgement of the next one, and pass for its answer.
  peer.socket.setNoDelay(true)
  peer.socket.on('data', () => {
    const bytes = peer.text()
    while (at < bytes.length) {
      const head = readHead(bytes, at)
      if ('rule' in head) return
      const script = scripts.get(head.target)
      if (script?.early === true && begun < at) {
        begun = at
        void script.play(peer.socket)
      }
      const request = readRequest(bytes, at)
      if ('rule' in request) return
      if (script !== undefined && begun < at) void script.play(peer.socket)
      at = request.to
    }
  })
}

/** Those that a reset has left behind are destroyed, and only the loop still knows of them. */
function sockets(): number {
  const { _getActiveHandles } = process as unknown as { _getActiveHandles: () => unknown[] }
  return _getActiveHandles().filter(handle => handle instanceof Socket && !handle.destroyed).length
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise(resolve => setImmediate(resolve))
}
