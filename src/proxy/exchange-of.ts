import type { Tunnel } from '../upstream/port.ts'
import type { Arrival, Client, Exchange, Reply } from './exchange.ts'

/** A new exchange, before any stage: every field in its place from the start, so that all exchanges have one shape. */
export function exchangeOf(arrival: Arrival, reply: Reply, client: Client, tunnel: Tunnel | null): Exchange {
  return {
    arrival,
    reply,
    client,
    tunnel,
    request: null,
    route: null,
    claims: null,
    access: null,
    workspace: null,
    grant: null,
    proof: null,
    outcome: {
      status: 0,
      upstreamStatus: 0,
      upstreamMs: 0,
      bytesIn: 0,
      bytesOut: 0,
      retried: false,
      aborted: null,
    },
    ended: null,
    shadowed: [],
    stageMs: [],
  }
}
