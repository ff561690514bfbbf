import type { RawPeer } from './raw-peer.ts'

/**
 * Sends `total` bytes in pieces, each when the connection has taken the one before: what a socket of node:net says of
 * one large write is no measure of what has left.
 *
 * @returns how many bytes were handed over so far
 */
export function feedSteadily(peer: RawPeer, piece: Buffer, total: number): () => number {
  let handed = 0
  const go = () => {
    while (handed < total && peer.socket.writable) {
      handed += piece.length
      if (!peer.socket.write(piece)) return
    }
  }
  peer.socket.on('drain', go)
  go()
  return () => handed
}

/** Waits until a number has not changed for a while. */
export async function settled(read: () => number): Promise<number> {
  let last = read()
  for (let same = 0; same < 10; ) {
    await new Promise(resolve => setTimeout(resolve, 10))
    const now = read()
    same = now === last ? same + 1 : 0
    last = now
  }
  return last
}
