import type { Redis } from 'ioredis'
import pg from 'pg'

/** A way to keep sidecars from being told, with all else alive. */
export type Cut = {
  readonly name: string
  readonly cut: () => Promise<void>
  readonly mend: () => Promise<void>
}

/** Redis goes on serving documents and limits, but lets nobody read the stream. */
export function unreadableFeed(redis: Redis): Cut {
  return {
    name: 'sidecars cannot read the feed',
    async cut() {
      await redis.call('ACL', 'SETUSER', 'default', '-xread', '-xrange', '-xinfo')
      const clients = (await redis.client('LIST')) as string
      for (const [, id] of clients.matchAll(/^id=(\d+) .*\bname=postern-feed\b/gm))
        await redis.call('CLIENT', 'KILL', 'ID', id!)
    },
    mend: async () => void (await redis.call('ACL', 'SETUSER', 'default', '+xread', '+xrange', '+xinfo')),
  }
}

/** Control planes answer, and share what they answer, but none of them can read the outbox. */
export function silentRelay(ownerUrl: string): Cut {
  const run = async (text: string) => {
    const client = new pg.Client({ connectionString: ownerUrl, connectionTimeoutMillis: 10_000 })
    await client.connect()
    try {
      await client.query(text)
    } finally {
      await client.end()
    }
  }
  const right = 'EXECUTE ON FUNCTION postern.take_access_events'
  return {
    name: 'nothing is relayed',
    cut: () => run(`REVOKE ${right} FROM postern_runtime`),
    mend: () => run(`GRANT ${right} TO postern_runtime`),
  }
}
