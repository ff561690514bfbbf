import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

type Beat = { readonly startMs: number; readonly intervalMs: number; readonly beats: number }

/**
 * Calls `onBeat` for each beat, as close to `startMs + number × intervalMs` as the machine allows: a thread of its own
 * sleeps on a futex, which is finer than the millisecond of a timer. A late beat is told late, never left out.
 *
 * @param startMs on the scale of `monotonicMs`
 */
export function startMetronome(beat: Beat, onBeat: (number: number) => void): Promise<void> {
  const worker = new Worker(new URL(import.meta.url), { workerData: beat })
  worker.on('message', onBeat)
  return new Promise((resolve, reject) => {
    worker.once('error', reject)
    worker.once('exit', () => resolve())
  })
}

/** The same in every thread, unlike performance.now(). */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

if (!isMainThread) {
  const { startMs, intervalMs, beats } = workerData as Beat
  const never = new Int32Array(new SharedArrayBuffer(4))
  for (let number = 0; number < beats; number += 1) {
    const waitMs = startMs + number * intervalMs - monotonicMs()
    if (waitMs > 0) Atomics.wait(never, 0, 0, waitMs)
    parentPort!.postMessage(number)
  }
}
