import type { ControlSettings } from '../../src/control/settings.ts'

/** Settings of a control plane on a free port of loopback, with short waits and no issuer. */
export function makeControlSettings(more: Partial<ControlSettings> = {}): ControlSettings {
  return {
    listen: { host: '127.0.0.1', port: 0 },
    postgres: {
      url: 'postgres://postern_runtime@127.0.0.1:1/none',
      connections: 4,
      waitingMax: 100,
      connectMs: 5000,
      statementMs: 5000,
      idleMs: 10_000,
    },
    issuers: [],
    subjects: ['system:serviceaccount:qlp:memory'],
    callRate: { perSecond: 1000, atOnce: 1000 },
    keys: {
      refreshMs: 300_000,
      retryMs: 1000,
      cooldownMs: 30_000,
      missMs: 30_000,
      missesMax: 100,
      staleMs: 86_400_000,
      timeoutMs: 2000,
      waitersMax: 100,
      keysMax: 10,
      bodyBytesMax: 65_536,
    },
    documents: { issuer: 'postern-control', signingKey: null, ttlMs: 900_000 },
    relay: { idleMs: 10, batchMax: 100, publishMs: 1000, retry: { delayMsMin: 10, delayMsMax: 100 } },
    answerMs: 5000,
    drain: { delayMs: 0, timeoutMs: 2000 },
    ...more,
  }
}
