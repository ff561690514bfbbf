import { PerformanceObserver } from 'node:perf_hooks'
import type { Usage } from './sidecar.ts'

/**
 * The real sidecar, as `postern proxy` runs it, with one thing added: it tells its parent what the process has used.
 * Ends with its parent.
 */
let longestPauseMs = 0
new PerformanceObserver(pauses => {
  for (const { duration } of pauses.getEntries()) longestPauseMs = Math.max(longestPauseMs, duration)
}).observe({ entryTypes: ['gc'] })

process.on('message', () => {
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed } = process.memoryUsage()
  const cpuMicroseconds = user + system
  const usage: Usage = { cpuMicroseconds, rssBytes: rss, heapBytes: heapUsed, longestPauseMs }
  longestPauseMs = 0
  process.send!(usage)
})
process.on('disconnect', () => process.exit())
process.send!('ready')
await import('../../src/cli/main.ts')
