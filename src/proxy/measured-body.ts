import { Readable } from 'node:stream'

export type MeasuredBody = {
  readonly stream: Readable
  /** How many bytes the client has sent of it so far. */
  readonly bytes: () => number
}

/** As much as one read of a socket brings: no more is gathered before it goes on. */
const turnBytesMax = 65_536

/**
 * Puts a stream of our own between the client's body and whoever sends it on: it counts, stops at `bytesMax`, and may be
 * destroyed without harm to the client's connection, on which the answer is still to go out. Its pace is the reader's;
 * at most one buffer of it is held. What came in one read of the socket goes on in one piece: else a body in chunks of
 * a byte would cost many times what it costs to send (threats 11, `npm run bench -- --hostile`).
 *
 * A body that the client breaks off destroys the stream with an error, so that half a body never passes for a whole one.
 *
 * @param onTooLarge called once, with the first byte past `bytesMax`; that byte, and what comes with it, is not sent
 */
export function measureBody(source: Readable, bytesMax: number, onTooLarge: () => void): MeasuredBody {
  let bytes = 0
  let attached = true
  let turn: Uint8Array[] = []
  let turnBytes = 0
  const stream = new Readable({
    read: () => {
      if (attached) source.resume()
    },
    destroy: (error, done) => {
      detach()
      done(error)
    },
  })
  source.on('data', onData)
  source.once('end', onEnd)
  source.once('close', onBroken)
  // Stays: a client that leaves later must not meet a stream without a listener.
  source.on('error', onBroken)
  if (source.destroyed) onBroken()
  return { stream, bytes: () => bytes }

  function onData(chunk: Uint8Array): void {
    bytes += chunk.length
    if (bytes > bytesMax) {
      passOn()
      detach()
      onTooLarge()
      return
    }
    turnBytes += chunk.length
    if (turn.push(chunk) === 1) queueMicrotask(passOn)
    if (turnBytes >= turnBytesMax) passOn()
  }

  function passOn(): void {
    if (turn.length === 0 || stream.destroyed) return
    const whole = turn.length === 1 ? turn[0]! : Buffer.concat(turn)
    turn = []
    turnBytes = 0
    if (!stream.push(whole)) source.pause()
  }

  function onEnd(): void {
    passOn()
    source.removeListener('close', onBroken)
    stream.push(null)
  }

  function onBroken(): void {
    if (source.readableEnded) return
    stream.destroy(new Error('the client broke off the body'))
  }

  function detach(): void {
    attached = false
    source.removeListener('data', onData)
    source.removeListener('end', onEnd)
    source.removeListener('close', onBroken)
    source.pause()
  }
}
