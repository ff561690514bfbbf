import type { Arrival, Exchange, Reply } from '../../src/proxy/exchange.ts'
import { exchangeOf } from '../../src/proxy/exchange-of.ts'
import type { Tunnel } from '../../src/upstream/port.ts'

export type RecordedReply = Reply & { readonly closes: () => boolean }

/** A reply that goes nowhere and remembers whether its connection was to close. */
export function recordedReply(): RecordedReply {
  let closes = false
  return {
    begun: false,
    inform: () => {},
    begin: () => {},
    write: () => true,
    onDrain: () => {},
    end: () => {},
    abort: () => {},
    closeAfter: () => {
      closes = true
    },
    closes: () => closes,
  }
}

/** An exchange as the transport hands it over: `GET /` with a Host, unless said otherwise. */
export function arrived(parts: Partial<Arrival> = {}, tunnel: Tunnel | null = null): Exchange {
  const arrival: Arrival = {
    method: 'GET',
    target: '/',
    httpVersion: '1.1',
    headers: ['Host', 'a.example'],
    flaw: null,
    body: null,
    peer: { address: '127.0.0.1', port: 1, encrypted: false },
    atMs: 0,
    startedMs: 0,
    ...parts,
  }
  return exchangeOf(arrival, recordedReply(), { gone: false, onGone: () => {} }, tunnel)
}
