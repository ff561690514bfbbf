import { readFileSync } from 'node:fs'
import type { ControlCaller } from '../access/control-caller.ts'
import { createControlCaller } from '../access/control-caller.ts'
import type { ProxyConfig } from '../config/config.ts'
import { createRotatingSecret } from '../config/rotating-secret.ts'
import type { Clock } from '../lib/clock.ts'

const tokenRereadMs = 10_000

/** What runs in the background keeps no question waiting: the list of revocations, and a sweep of versions. */
const backgroundCalls = 2

/** The way to the control plane, with this service's own token. */
export function openControl({ control }: ProxyConfig, clock: Clock): ControlCaller {
  return createControlCaller({
    controlUrl: control.url,
    token: createRotatingSecret({
      file: control.tokenFile,
      initial: control.token,
      readFile: file => readFileSync(file, 'utf8'),
      clock,
      rereadMs: tokenRereadMs,
    }),
    connections: control.calls + backgroundCalls,
    connectTimeoutMs: control.timeoutMs,
    responseBytesMax: control.responseBytes,
    keepAliveMs: control.keepAliveMs,
    breaker: { failuresToOpen: control.failuresToOpen, openMs: control.openMs },
    clock,
  })
}
