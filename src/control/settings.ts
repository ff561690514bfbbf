import type { BackoffBounds } from '../lib/backoff.ts'
import type { Issuer } from '../token/issuer.ts'
import type { KeySourceOptions } from '../token/key-source.ts'

/** What the control plane needs to know, every value given. `wire.ts` makes it from the configuration. */
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
    readonly idleMs: number
  }
  /** Who signs the tokens of service identities, and which subjects may ask; compared byte for byte. */
  readonly issuers: readonly Issuer[]
  readonly subjects: readonly string[]
  /** How often each of them may call one replica: steadily, and at once after a time of few calls. */
  readonly callRate: { readonly perSecond: number; readonly atOnce: number }
  readonly keys: KeySourceOptions & { readonly bodyBytesMax: number }
  readonly documents: {
    /** The `iss` of signed access documents. */
    readonly issuer: string
    /** P-256, PEM PKCS #8 or JWK. Null makes a key in memory, which no other replica and no restart will know. */
    readonly signingKey: string | null
    /** How long the shared store keeps a document. */
    readonly ttlMs: number
  }
  /** How sidecars are told of changes of access. */
  readonly relay: {
    /** Between two looks at an outbox that holds no more. */
    readonly idleMs: number
    /** How many changes, and how many revocations, are passed on at a time. */
    readonly batchMax: number
    /** For one batch to be published; below `postgres.statementMs`, or the server ends the transaction first. */
    readonly publishMs: number
    readonly retry: BackoffBounds
  }
  /** From the moment a batch is understood to its answer. */
  readonly answerMs: number
  readonly drain: {
    /** Unready but still accepting, until load balancers know. */
    readonly delayMs: number
    /** How long `close()` then waits for requests in flight before it cuts them off. */
    readonly timeoutMs: number
  }
}
