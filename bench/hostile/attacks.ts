import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export type AttackOrder =
  /** Sends an input over and over, on each connection again once its answers are there. */
  | {
      readonly do: 'flood'
      readonly port: number
      readonly bytes: string
      readonly answers: number
      readonly connections: number
      readonly forMs: number
    }
  /** Sends an input but for its last byte, and keeps the connections. */
  | { readonly do: 'hold'; readonly port: number; readonly bytes: string; readonly connections: number }
  /** Lets go of what is held. */
  | { readonly do: 'release' }
  /** Opens connections that send one byte of an input after the other, until the sidecar has closed each of them. */
  | {
      readonly do: 'trickle'
      readonly port: number
      readonly bytes: string
      readonly connections: number
      readonly everyMs: number
      readonly atMostMs: number
    }

/** What an order came to; the process adds what it has cost itself. */
export type Attacked = {
  readonly bytes: number
  readonly answered: number
  /** Connections that were closed, and when the last one was, counted from when they were all open. */
  readonly closed: number
  readonly lastClosedMs: number
  readonly cpuMicroseconds: number
  readonly rssBytes: number
  readonly ms: number
}

type Done = Omit<Attacked, 'cpuMicroseconds' | 'rssBytes' | 'ms'>

const answerMs = 3000
const settleMs = 500
const statusLine = Buffer.from('HTTP/1.1 ')
let held: Socket[] = []

export async function flood(order: Extract<AttackOrder, { do: 'flood' }>): Promise<Done> {
  const input = Buffer.from(order.bytes, 'latin1')
  const endMs = performance.now() + order.forMs
  let bytes = 0
  let answered = 0
  const lane = async () => {
    let socket: Socket | null = null
    while (performance.now() < endMs) {
      socket ??= await open(order.port)
      bytes += input.length
      const got = await exchange(socket, input, order.answers)
      answered += got
      if (got < order.answers || socket.destroyed || socket.readableEnded) {
        socket.destroy()
        socket = null
      }
    }
    socket?.destroy()
  }
  await Promise.all(Array.from({ length: order.connections }, lane))
  return { bytes, answered, closed: 0, lastClosedMs: 0 }
}

/** Writes once, and counts final status lines until there are enough, the connection ends or it takes too long. */
function exchange(socket: Socket, input: Buffer, answers: number): Promise<number> {
  return new Promise(resolve => {
    let got = 0
    const settle = () => {
      clearTimeout(timer)
      socket.off('data', onData).off('close', settle).off('end', settle)
      resolve(got)
    }
    const onData = (chunk: Buffer) => {
      got += finalHeads(chunk)
      if (got >= answers) settle()
    }
    const timer = setTimeout(() => {
      socket.destroy()
      settle()
    }, answerMs)
    socket.on('data', onData).once('close', settle).once('end', settle)
    socket.write(input)
  })
}

function finalHeads(chunk: Buffer): number {
  let count = 0
  for (let at = chunk.indexOf(statusLine); at !== -1; at = chunk.indexOf(statusLine, at + 9)) {
    if (chunk[at + 9] !== 0x31) count += 1
  }
  return count
}

export async function hold(order: Extract<AttackOrder, { do: 'hold' }>): Promise<Done> {
  const input = Buffer.from(order.bytes.slice(0, -1), 'latin1')
  held = await Promise.all(Array.from({ length: order.connections }, () => open(order.port)))
  for (const socket of held) socket.write(input)
  await sleep(settleMs)
  const closed = held.filter(socket => socket.destroyed || socket.readableEnded).length
  return { bytes: input.length * held.length, answered: 0, closed, lastClosedMs: 0 }
}

export async function release(): Promise<Done> {
  for (const socket of held) socket.destroy()
  held = []
  await sleep(settleMs)
  return { bytes: 0, answered: 0, closed: 0, lastClosedMs: 0 }
}

export async function trickle(order: Extract<AttackOrder, { do: 'trickle' }>): Promise<Done> {
  const input = Buffer.from(order.bytes, 'latin1')
  const sockets = await Promise.all(Array.from({ length: order.connections }, () => open(order.port)))
  const startMs = performance.now()
  let bytes = 0
  let closed = 0
  let lastClosedMs = 0
  const all = Promise.withResolvers<void>()
  for (const socket of sockets) {
    socket.resume()
    socket.once('close', () => {
      closed += 1
      lastClosedMs = performance.now() - startMs
      if (closed === sockets.length) all.resolve()
    })
  }
  const timer = setInterval(() => {
    for (const socket of sockets) {
      if (!socket.writable) continue
      socket.write(input.subarray(bytes % input.length, (bytes % input.length) + 1))
    }
    bytes += 1
  }, order.everyMs)
  await Promise.race([all.promise, sleep(order.atMostMs)])
  clearInterval(timer)
  for (const socket of sockets) socket.destroy()
  return { bytes: bytes * sockets.length, answered: 0, closed, lastClosedMs }
}

/** As if from several machines, each within its bound, where the system has more than one loopback address. */
const addresses =
  process.platform === 'linux' ? ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5'] : [undefined]
let opened = 0

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    opened += 1
    const localAddress = addresses[opened % addresses.length]
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, localAddress })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      socket.on('error', () => {})
      resolve(socket)
    })
  })
}
