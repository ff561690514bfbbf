import { z } from 'zod'
import { count, file, milliseconds, postgresUrl, redisUrl } from './values.ts'

/** A URL that is empty, as in `url: ${REDIS_URL:-}`, means no Redis, as `redis: null` does. */
export const redisSchema = z
  .strictObject({
    url: redisUrl.nullable().describe('redis:// or rediss://; empty for none.'),
    usernameFile: file.nullable().default(null).describe('A file that holds the user name.'),
    passwordFile: file.nullable().default(null).describe('A file that holds the password.'),
    commandTimeoutMs: milliseconds(10_000).min(1).default(20).describe('Deadline of one command.'),
    connectTimeoutMs: milliseconds(60_000).min(1).default(1000).describe('Deadline of connecting.'),
  })
  .nullable()
  .default(null)

export const postgresSchema = z.strictObject({
  url: postgresUrl.describe('postgres://, as the runtime role; the password belongs into passwordFile.'),
  passwordFile: file.nullable().default(null).describe('A file that holds the password.'),
  connections: count(1000).default(10).describe('Connections of this process.'),
  connectTimeoutMs: milliseconds(60_000).min(1).default(2000).describe('Deadline of getting a connection.'),
  statementTimeoutMs: milliseconds(600_000).min(1).default(5000).describe('Deadline of one statement.'),
  idleTimeoutMs: milliseconds(3_600_000)
    .min(1)
    .default(30_000)
    .describe('A connection idle for longer is closed.'),
})
