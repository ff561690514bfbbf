import { z } from 'zod'
import { drainSchema, logSchema } from './bounds-schema.ts'
import { issuerSchema, keysSchema } from './issuer-schema.ts'
import { ownerSchema, postgresSchema, redisSchema } from './store-schema.ts'
import { count, file, listen, milliseconds, word } from './values.ts'

const relaySchema = z
  .strictObject({
    idleMs: milliseconds(10_000, 1)
      .default(50)
      .describe('How long it waits before it looks again whether there is something to tell.'),
    batch: count(1000).default(100).describe('Changes, and revocations, that are told at a time.'),
    publishTimeoutMs: milliseconds(60_000, 1)
      .default(1000)
      .describe('Deadline of telling one batch; below postgres.statementTimeoutMs.'),
    retryMsMin: milliseconds(60_000, 1).default(50).describe('The first wait before trying again.'),
    retryMsMax: milliseconds(60_000, 1)
      .default(1000)
      .describe('The longest wait before trying again. Changes wait in Postgres meanwhile.'),
    entries: count(1_000_000)
      .default(5000)
      .describe('Batches that Redis keeps, roughly, for a sidecar that lags behind.'),
  })
  .prefault({})

/** The configuration of the control plane, as an operator writes it. */
export const controlSchema = z.strictObject({
  kind: z.literal('control').describe('What this file configures.'),
  listen: listen('0.0.0.0', 8090).describe('What sidecars reach.'),
  postgres: postgresSchema.describe('All records.'),
  owner: ownerSchema.describe('Postgres for `postern migrate`; nothing else reads it.'),
  redis: redisSchema.describe(
    'Where signed access documents are shared, and sidecars told of changes. Without it every sidecar asks for itself.',
  ),
  services: z
    .strictObject({
      issuers: z.array(issuerSchema).min(1).max(20).describe('Who signs the services’ own tokens.'),
      subjects: z
        .array(word)
        .min(1)
        .max(1000)
        .describe('The services that may ask, by the exact `sub` of their tokens.'),
      callsPerSecond: count(1_000_000)
        .default(1000)
        .describe(
          'How often all sidecars of one service together may call one replica; more is answered 429.',
        ),
      callsAtOnce: count(1_000_000)
        .default(2000)
        .describe('How many of these calls may come at once, after a time of few.'),
    })
    .describe('Which services may ask questions.'),
  keys: keysSchema.describe('How key sets are fetched and kept.'),
  documents: z
    .strictObject({
      issuer: word.default('postern-control').describe('`iss` of access documents.'),
      signingKeyFile: file
        .nullable()
        .default(null)
        .describe(
          'An ES256 private key as JWK or PKCS #8 PEM; null makes one in memory, for a single process.',
        ),
      ttlSeconds: count(900).default(900).describe('How long Redis keeps a document; at most 15 minutes.'),
    })
    .prefault({})
    .describe('The signed access documents.'),
  relay: relaySchema.describe('How sidecars are told of changes of access and of revocations.'),
  answerTimeoutMs: milliseconds(60_000, 1).default(5000).describe('Deadline of one batch of questions.'),
  log: logSchema.describe('The log on standard output.'),
  drain: drainSchema.describe('How the process stops.'),
})

export type ControlSource = z.output<typeof controlSchema>
