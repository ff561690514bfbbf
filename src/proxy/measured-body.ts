import { Readable } from 'node:stream'

export type MeasuredBody = {
  readonly stream: Readable
  /** How many bytes the client has sent of it so far. */
  readonly bytes: () => number
}

/**
 * Puts a stream of our own between the client's body and whoever sends it on: it counts, stops at `bytesMax`, and may be
 * destroyed without harm to the client's connection, on which the answer is still to go out. Its pace is the reader's;
 * at most one buffer of it is held.
 *
 * A body that the client breaks off destroys the stream with an error, so that half a body never passes for a whole one.
 *
 * @param onTooLarge called once, with the first byte past `bytesMax`; that byte, and what comes with it, is not sent
 */
export function measureBody(source: Readable, bytesMax: number, onTooLarge: () => void): MeasuredBody {
  let bytes = 0
  let attached = true
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
      detach()
      onTooLarge()
    } else if (!stream.push(chunk)) source.pause()
  }

  function onEnd(): void {
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
