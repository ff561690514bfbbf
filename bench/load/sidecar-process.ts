/**
 * The real sidecar, as `postern proxy` runs it, with one thing added: it tells its parent what the process has used.
 * Ends with its parent.
 */
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed } = process.memoryUsage()
  process.send!({ cpuMicroseconds: user + system, rssBytes: rss, heapBytes: heapUsed })
})
process.on('disconnect', () => process.exit())
process.send!('ready')
await import('../../src/cli/main.ts')
