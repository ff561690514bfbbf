import { connect } from 'node:net'

export type RawClient = {
  /** Latin-1 text, as bytes. */
  readonly send: (text: string) => void
  /** Half-closes: no more is sent. */
  readonly finish: () => void
  /** Hangs up. */
  readonly hangUp: () => void
  /** Everything received so far. */
  readonly received: () => string
  /** Whether the server reset the connection instead of ending it. */
  readonly wasReset: () => boolean
  /** Resolves with everything received once it matches; rejects when the connection closes before. */
  readonly until: (pattern: RegExp) => Promise<string>
  /** Resolves with everything received once the server has closed. */
  readonly closed: () => Promise<string>
}

/** A client that speaks bytes, not HTTP. */
export async function rawClient(port: number): Promise<RawClient> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  let received = ''
  let isClosed = false
  let watchers: (() => void)[] = []
  const tell = () => {
    for (const watcher of watchers) watcher()
  }
  socket.setEncoding('latin1')
  socket.on('data', text => {
    received += text
    tell()
  })
  let isReset = false
  socket.on('error', (error: NodeJS.ErrnoException) => {
    isReset ||= error.code === 'ECONNRESET'
  })
  socket.on('close', () => {
    isClosed = true
    tell()
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  const when = (isMet: () => boolean, failure: string) =>
    new Promise<string>((resolve, reject) => {
      const watcher = () => {
        if (isMet()) resolve(received)
        else if (isClosed) reject(new Error(`${failure}; received: ${JSON.stringify(received)}`))
        else return
        watchers = watchers.filter(other => other !== watcher)
      }
      watchers.push(watcher)
      watcher()
    })
  return {
    send: text => socket.write(text, 'latin1'),
    finish: () => socket.end(),
    hangUp: () => socket.destroy(),
    received: () => received,
    wasReset: () => isReset,
    until: pattern => when(() => pattern.test(received), `closed before ${pattern}`),
    closed: () => when(() => isClosed, 'cannot happen'),
  }
}
