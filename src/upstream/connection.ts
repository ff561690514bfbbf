import type { Socket } from 'node:net'
import { buildConnector, Client, Pool } from 'undici'

/** What is known of the one connection that an undici Client holds at a time. */
export type Connection = {
  socket: Socket | null
  /** How many requests were written to it so far. */
  requests: number
}

/** What a request and the client that takes it tell each other. */
export type Carried = {
  /** The connection it is about to be written to. */
  connection: Connection | null
  /** The client found it unfit to be written, and holds nothing of it. */
  readonly unfit: boolean
}

export type PoolOptions = {
  readonly origin: string
  readonly connections: number
  readonly keepAliveMs: number
  readonly connectTimeoutMs: number
  readonly headBytesMax: number
}

/**
 * A pool of connections to one fixed origin, one request on each at a time; with `keepAlive` false every request gets
 * a connection of its own.
 *
 * undici does not say whether a connection was used before, nor which one a request is written to, and both decide
 * whether a lost race with the service's keep-alive may be run again. So each Client of the pool counts for itself.
 */
export function createPool(options: PoolOptions, keepAlive: boolean): Pool {
  const { protocol, hostname } = new URL(options.origin)
  const servername = protocol === 'https:' ? hostname : undefined
  const connector = buildConnector({ timeout: options.connectTimeoutMs, allowH2: false })
  return new Pool(options.origin, {
    connections: options.connections,
    pipelining: keepAlive ? 1 : 0,
    keepAliveTimeout: options.keepAliveMs,
    keepAliveMaxTimeout: options.keepAliveMs,
    maxHeaderSize: options.headBytesMax,
    allowH2: false,
    // The name in the certificate is ours to say: undici would take the client's Host for it.
    connect: (target, done) => connector({ ...target, servername } as buildConnector.Options, done),
    factory: (origin, clientOptions) => createCountingClient(origin, clientOptions),
  })
}

function createCountingClient(origin: URL, options: Client.Options): Client {
  const connection: Connection = { socket: null, requests: 0 }
  const connect = options.connect as buildConnector.connector
  const client = new Client(origin, {
    ...options,
    connect: (target, done) => {
      connect(target, (...result) => {
        connection.socket = result[1]
        connection.requests = 0
        done(...result)
      })
    },
  })
  const dispatch = client.dispatch
  client.dispatch = (request, handler) => {
    const carried = handler as Carried
    carried.connection = connection
    const hasRoom = dispatch.call(client, request, handler)
    // undici answers `false` for an unfit request, and the pool would wait for this client to become free for ever.
    return hasRoom || carried.unfit
  }
  return client
}
