import type { Issuer } from '../token/issuer.ts'

/** What the control plane needs to know, with every default filled in; config/ produces it, wire.ts takes it. */
export type ControlSettings = {
  readonly listen: { readonly host: string; readonly port: number }
  readonly postgres: {
    /** Of the runtime role; holds its password, so it is never logged. */
    readonly url: string
    readonly connections: number
    /** How many requests may wait for a free connection; the next one is answered 503. */
    readonly waitingMax: number
    /** How long a request may wait for a free connection, or for a new one to be made. */
    readonly connectMs: number
    /** The server gives a statement up after this; the client a little later, in case the server is silent. */
    readonly statementMs: number
  }
  /** Who issues the tokens of service identities, and which subjects of theirs may ask; compared byte for byte. */
  readonly issuers: readonly Issuer[]
  readonly subjects: readonly string[]
  readonly documents: {
    /** The `iss` of signed access documents. */
    readonly issuer: string
    /** PEM, PKCS #8, P-256. Null makes a key in memory, which no other replica and no restart will know. */
    readonly signingKey: string | null
    /** How long the shared store keeps a document. */
    readonly ttlMs: number
  }
  /** One request of the internal API, from its first byte to its answer. */
  readonly requestMs: number
  /** How long `close()` waits for requests in flight before it cuts them off. */
  readonly drainMs: number
}
