import { readFileSync, writeFileSync } from 'node:fs'
import { collectGarbage } from '../directory/garbage.ts'

/** What a process has used so far, and holds. */
export type Usage = {
  /** All threads together, up to when it was asked, and after the garbage was collected that it is told without. */
  readonly spentMicroseconds: number
  readonly cpuMicroseconds: number
  readonly heapBytes: number
  readonly rssBytes: number
  /** The most that was resident since `forgetPeak`; null where the system does not say. */
  readonly peakRssBytes: number | null
  /** The longest turn of the event loop since then, and how much of it this thread was at work itself. */
  readonly stallMs: number
  readonly stallCpuMs: number
}

const beatMs = 5

/** Watches the event loop from now on. A busy machine makes beats late as well, so time at work is told apart. */
export class UsageWatch {
  #stallMs = 0
  #stallCpuMs = 0
  #atMs = performance.now()
  #cpuMs = cpuMs()

  constructor() {
    setInterval(() => this.#beat(), beatMs).unref()
  }

  /** What is held is told after garbage was collected. */
  read(): Usage {
    const spentMicroseconds = cpuMicroseconds()
    const peakRssBytes = peak()
    collectGarbage()
    const { rss, heapUsed, external } = process.memoryUsage()
    return {
      spentMicroseconds,
      cpuMicroseconds: cpuMicroseconds(),
      heapBytes: heapUsed + external,
      rssBytes: rss,
      peakRssBytes,
      stallMs: this.#stallMs,
      stallCpuMs: this.#stallCpuMs,
    }
  }

  /** Begins anew; to be called after `read`, whose collection would count. */
  forget(): void {
    try {
      // proc(5): the high-water mark of what is resident becomes what is resident now.
      writeFileSync('/proc/self/clear_refs', '5')
    } catch {
      // Elsewhere there is none.
    }
    this.#stallMs = 0
    this.#stallCpuMs = 0
    this.#atMs = performance.now()
    this.#cpuMs = cpuMs()
  }

  #beat(): void {
    const [nowMs, usedMs] = [performance.now(), cpuMs()]
    this.#stallMs = Math.max(this.#stallMs, nowMs - this.#atMs - beatMs)
    this.#stallCpuMs = Math.max(this.#stallCpuMs, usedMs - this.#cpuMs)
    this.#atMs = nowMs
    this.#cpuMs = usedMs
  }
}

function cpuMicroseconds(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

function peak(): number | null {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
    return kilobytes === undefined ? null : Number(kilobytes) * 1024
  } catch {
    return null
  }
}
