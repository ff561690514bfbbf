import { z } from 'zod'
import { bytes, count, milliseconds, slug } from './values.ts'

const hour = 3_600_000

/** What a request, a client or a cache may take at most. */
export const boundsSchema = z
  .strictObject({
    headerCount: count(2000).default(100).describe('Header fields of a request.'),
    headerBytes: bytes(1_048_576).default(32_768).describe('The head of a request.'),
    targetBytes: bytes(65_536).default(8192).describe('The request target.'),
    bodyBytes: bytes(Number.MAX_SAFE_INTEGER)
      .default(104_857_600)
      .describe('A request body, unless the route says.'),
    headTimeoutMs: milliseconds(600_000, 1).default(10_000).describe('Until a whole head has arrived.'),
    bodyIdleMs: milliseconds(hour, 1)
      .default(60_000)
      .describe('Time for each piece of a request body, unless the route says.'),
    bodyBytesPerSecond: z
      .int()
      .min(0)
      .max(1_000_000)
      .default(1000)
      .describe(
        'The least pace of a request body, over each bodyIdleMs, unless the route says; 0 takes a single byte for a piece.',
      ),
    keepAliveMs: milliseconds(hour, 1)
      .default(65_000)
      .describe('An idle client connection is closed after this.'),
    connections: count(1_000_000).default(10_000).describe('Client connections at a time.'),
    connectionsPerAddress: count(1_000_000)
      .optional()
      .describe(
        'Of those, from one address (IPv6: one /64). Default: 1000, and all where trustedHops says that proxies open them.',
      ),
    sockets: count(1_000_000).default(5000).describe('WebSockets open at a time.'),
    socketsPerTenant: count(1_000_000).default(1000).describe('Of those, for one tenant.'),
    pipelined: count(1000)
      .default(8)
      .describe('Requests of one connection that wait for their answer at a time.'),
    lingerMs: milliseconds(60_000).default(1000).describe('How long a body that nobody wants is still read.'),
    lingerBytes: bytes(1_073_741_824).default(262_144).describe('How much of such a body is read.'),
    clientStallMs: milliseconds(hour, 1)
      .default(60_000)
      .describe('How long a client may leave a waiting answer unread; then it is cut off.'),
    unprovenPerAddressPerSecond: z
      .int()
      .min(0)
      .max(1_000_000)
      .default(500)
      .describe(
        'Bearer tokens that are not remembered (good ones do not count) and requests of public routes, from one address ' +
          '(IPv6: one /64) in a second; twice as many at first; 0 for no such limit. Behind a proxy that hides its ' +
          'clients all of them are one address: set trustedHops.',
      ),
    unprovenPerSecond: count(10_000_000)
      .default(2000)
      .describe(
        'The same from all addresses together: once for those of which a good token came, and once for all others.',
      ),
    trustedHops: z
      .int()
      .min(0)
      .max(16)
      .default(0)
      .describe('Proxies in front whose X-Forwarded-For entries are believed.'),
    tokenBytes: bytes(65_536).default(8192).describe('A bearer token.'),
    tokensRemembered: count(10_000_000).default(20_000).describe('Verified tokens kept in memory.'),
    tokensRememberedBytes: bytes(8_589_934_592)
      .default(16_777_216)
      .describe('All of them, roughly; one takes 0.5 to 1.5 kB, whatever the length of the token.'),
    revocations: count(10_000_000)
      .default(100_000)
      .describe(
        'Revocations of one kind kept in memory; beyond it, tokens as old as those that no longer fit are refused.',
      ),
    documentsRemembered: count(10_000_000).default(20_000).describe('Access documents kept in memory.'),
    documentBytes: bytes(4_194_304)
      .default(262_144)
      .describe('A signed access document; each workspace in it takes about 150.'),
  })
  .prefault({})

/** How old what the directory says may be. */
export const directorySchema = z
  .strictObject({
    freshMs: milliseconds(600_000)
      .default(30_000)
      .describe('An access document this young is used without asking.'),
    refreshMs: milliseconds(600_000)
      .default(60_000)
      .describe('One from Redis that is older is loaded again.'),
    staleMs: milliseconds(900_000)
      .default(900_000)
      .describe('How old a document may be when nobody can be asked; at most 15 minutes.'),
    absentMs: milliseconds(60_000)
      .default(5000)
      .describe('How long "no place in this tenant" is remembered.'),
    retryMs: milliseconds(60_000).default(1000).describe('How long a failed refresh is not repeated.'),
    skewMs: milliseconds(300_000).default(5000).describe('How far the control plane’s clock may run ahead.'),
    bytes: bytes(8_589_934_592).default(67_108_864).describe('All documents in memory, roughly.'),
    absences: count(10_000_000).default(10_000).describe('How many "no place" answers are remembered.'),
    lookups: count(1_000_000).default(1000).describe('Lookups that wait at a time.'),
    lookupsPerPrincipal: count(10_000).default(8).describe('Of those, for one principal.'),
    lookupsPerPrincipalPerSecond: count(100_000)
      .default(200)
      .describe('Lookups that memory cannot answer, for one principal in a second; twice as many at first.'),
  })
  .prefault({})

/** How long what is under way may outlive what let it through. */
export const streamsSchema = z
  .strictObject({
    recheckMs: milliseconds(hour, 1000)
      .default(60_000)
      .describe(
        'How often access is looked up again although no change was heard of; give or take a quarter.',
      ),
    undecidedMs: milliseconds(60_000)
      .default(5000)
      .describe('How long it goes on after a change, while nobody can tell whether it may; then it is cut.'),
  })
  .prefault({})

export const drainSchema = z
  .strictObject({
    delayMs: milliseconds(hour)
      .default(5000)
      .describe('Unready but still accepting, until load balancers know.'),
    timeoutMs: milliseconds(hour).default(25_000).describe('After that, open exchanges are cut.'),
  })
  .prefault({})

export const metricsSchema = z
  .strictObject({
    tenants: z
      .array(slug)
      .max(200)
      .default([])
      .describe('Tenants that metrics name, by slug; all others count as `other`.'),
  })
  .prefault({})

export const logSchema = z
  .strictObject({
    level: z
      .enum(['debug', 'info', 'warn', 'error'])
      .default('info')
      .describe('Lines below this are not written.'),
    bufferBytes: bytes(1_073_741_824)
      .default(8_388_608)
      .describe('What waits for a slow reader; lines beyond are dropped and counted.'),
  })
  .prefault({})
