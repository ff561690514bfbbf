import type { Clock } from './clock.ts'

/** Something did not answer in time. What it was belongs into the message of whoever catches this. */
export class DeadlineExceeded extends Error {
  readonly delayMs: number

  constructor(delayMs: number) {
    super(`no answer within ${delayMs} ms`)
    this.name = 'DeadlineExceeded'
    this.delayMs = delayMs
  }
}

/**
 * Settles as `work` does, or rejects with DeadlineExceeded after `delayMs`; a later result is dropped.
 *
 * Node runs due timers before it reads sockets, so after a pause of the whole process every deadline would look missed
 * although the answers lie in the socket buffers. The deadline therefore waits for one reading of the sockets more.
 */
export function withDeadline<T>(clock: Clock, delayMs: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(delayMs, () => {
      setImmediate(() => reject(new DeadlineExceeded(delayMs)))
    })
    work.then(
      value => {
        cancel()
        resolve(value)
      },
      error => {
        cancel()
        reject(error)
      },
    )
  })
}
