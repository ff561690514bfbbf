import type { Clock } from '../lib/clock.ts'

/** What a drain does to a server, step by step. */
export type Drainable = {
  /** Unready from now on, and every answer says that its connection closes; new requests are still served. */
  readonly announce: () => void
  /** Accepts no more, and closes what is idle. */
  readonly stopListening: () => void
  /** Cuts what is still open. */
  readonly cut: () => void
  /** Resolves when nothing is open any more. */
  readonly emptied: Promise<void>
}

/** After a cut, what was cut gets this long to be recorded. */
const settleMs = 1000

/**
 * Stops a server as Kubernetes expects it (threats 3.6): for `delayMs`, while load balancers learn of it, requests are
 * served on connections that then close; after that nothing new is accepted; what is still open `timeoutMs` later is
 * cut.
 *
 * @returns resolves when nothing is open any more, at once if that happens earlier than the deadline
 */
export async function drain(
  target: Drainable,
  clock: Clock,
  delayMs: number,
  timeoutMs: number,
): Promise<void> {
  target.announce()
  await eitherOf(target.emptied, clock, delayMs)
  target.stopListening()
  if (await eitherOf(target.emptied, clock, timeoutMs)) return
  await stop(target, clock)
}

/** Stops a server at once: what is open is cut. Ends a drain that is under way, too. */
export async function stop(target: Drainable, clock: Clock): Promise<void> {
  target.announce()
  target.stopListening()
  target.cut()
  await eitherOf(target.emptied, clock, settleMs)
}

/** True when the promise came first. */
function eitherOf(promise: Promise<void>, clock: Clock, delayMs: number): Promise<boolean> {
  return new Promise(resolve => {
    const cancel = clock.after(delayMs, () => resolve(false))
    promise.then(() => {
      cancel()
      resolve(true)
    })
  })
}
