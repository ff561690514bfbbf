import { Redis } from 'ioredis'

/** How often each command was carried out so far; what counts them is left out. */
export type CommandCounts = Readonly<Record<string, number>>

const withinMs = 5000

export function connectRedis(url: string): Redis {
  return new Redis(url, { connectTimeout: withinMs, commandTimeout: withinMs, maxRetriesPerRequest: 0 })
}

export async function commandCounts(redis: Redis): Promise<CommandCounts> {
  const stats = (await redis.info('commandstats')).matchAll(/^cmdstat_([a-z|]+):calls=(\d+)/gm)
  return Object.fromEntries(
    [...stats].map(([, name, calls]) => [name!, Number(calls)] as const).filter(([name]) => name !== 'info'),
  )
}

/** Those that came to be since `before`. */
export function countsSince(before: CommandCounts, now: CommandCounts): CommandCounts {
  return Object.fromEntries(
    Object.entries(now).flatMap(([name, count]) => {
      const more = count - (before[name] ?? 0)
      return more === 0 ? [] : [[name, more] as const]
    }),
  )
}
