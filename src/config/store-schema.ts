import { z } from 'zod'
import { count, file, milliseconds, postgresUrl, redisUrl } from './values.ts'

/** A URL that is empty, as in `url: ${REDIS_URL:-}`, means no Redis, as `redis: null` does. */
export const redisSchema = z
  .strictObject({
    url: redisUrl.nullable().describe('redis:// or rediss://; empty for none.'),
    usernameFile: file.nullable().default(null).describe('A file that holds the user name.'),
    passwordFile: file.nullable().default(null).describe('A file that holds the password.'),
    commandTimeoutMs: milliseconds(10_000, 1).default(20).describe('Deadline of one command.'),
    connectTimeoutMs: milliseconds(60_000, 1).default(1000).describe('Deadline of connecting.'),
    reconnectMsMin: milliseconds(60_000, 1).default(50).describe('The first wait before connecting again.'),
    reconnectMsMax: milliseconds(60_000, 1)
      .default(2000)
      .describe('The longest wait before connecting again.'),
    failuresToOpen: count(1000)
      .default(1)
      .describe('Failures in a row after which Redis is left alone for a while.'),
    openMs: milliseconds(60_000, 1).default(500).describe('How long it is left alone.'),
  })
  .nullable()
  .default(null)

export const postgresSchema = z.strictObject({
  url: postgresUrl.describe('postgres://, as the runtime role; the password belongs into passwordFile.'),
  passwordFile: file.nullable().default(null).describe('A file that holds the password.'),
  connections: count(1000).default(10).describe('Connections of this process.'),
  waiting: count(100_000)
    .default(200)
    .describe('Requests that may wait for a connection; the next is answered 503.'),
  connectTimeoutMs: milliseconds(60_000, 1).default(2000).describe('Deadline of getting a connection.'),
  statementTimeoutMs: milliseconds(600_000, 1).default(5000).describe('Deadline of one statement.'),
  idleTimeoutMs: milliseconds(3_600_000, 1)
    .default(30_000)
    .describe('A connection idle for longer is closed.'),
})

/** Postgres as its owner knows it, for `postern migrate`; nothing else reads it. */
export const ownerSchema = z
  .strictObject({
    url: postgresUrl.describe(
      'postgres://, as a role that may create roles and owns the database; not PgBouncer.',
    ),
    passwordFile: file.nullable().default(null).describe('A file that holds the password.'),
  })
  .nullable()
  .default(null)
