import { demoConfig } from '../../src/demo/demo-config.ts'
import { startProxy } from '../../src/proxy/wire.ts'

/**
 * Many whole sidecars in one process, each with ports, connections and a feed of its own. Says where they listen, and
 * ends with its parent.
 */
const sidecars = Number(process.argv[2])
const config = demoConfig.proxy({
  ...(process.env as Record<string, string>),
  POSTERN_DEMO_TRAFFIC_PORT: '0',
  POSTERN_DEMO_METRICS_PORT: '0',
  POSTERN_DEMO_ADMIN_PORT: '0',
})
// Each listens for the end of the process, and watches its event loop.
process.setMaxListeners(0)
process.on('disconnect', () => process.exit())
process.on('SIGINT', () => {})

const running = await Promise.all(Array.from({ length: sidecars }, () => startProxy(config)))
process.send!(running.map(({ addresses }) => Number(new URL(addresses.traffic).port)))
