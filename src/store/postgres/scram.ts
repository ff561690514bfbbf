import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'

const iterations = 4096

/**
 * What Postgres stores for a password (RFC 5803), so that the password itself is in no statement, and so in no log of
 * statements and in no pg_stat_activity. Printable ASCII only: for anything else SASLprep (RFC 4013) would be needed.
 */
export function scramVerifier(password: string, salt: Buffer): string {
  if (!/^[ -~]+$/.test(password)) throw new TypeError('a role password is printable ASCII and not empty')
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256')
  const clientKey = createHmac('sha256', salted).update('Client Key').digest()
  const storedKey = createHash('sha256').update(clientKey).digest('base64')
  const serverKey = createHmac('sha256', salted).update('Server Key').digest('base64')
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`
}
