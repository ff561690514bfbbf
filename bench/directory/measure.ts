import { loadavg } from 'node:os'
import pg from 'pg'
import { generate } from '../database/generate.ts'
import { settings } from '../database/server.ts'
import { startBack } from '../load/back.ts'
import { inventUsers } from '../load/population.ts'
import type { ControlProcess } from './control.ts'
import { startControlProcess } from './control.ts'
import type { DirectoryExtent, Extent } from './extents.ts'
import { extents } from './extents.ts'
import type { ForgettingMeasured } from './measure-forgetting.ts'
import { measureForgetting, usersNeeded } from './measure-forgetting.ts'
import type { LookupsMeasured } from './measure-lookups.ts'
import { measureLookups, principalsNeeded } from './measure-lookups.ts'
import { differentPrincipals } from './principals.ts'

export type DirectoryMeasured = {
  readonly extent: Extent
  readonly lookups: LookupsMeasured
  readonly forgetting: ForgettingMeasured
  /** The load average over the last minutes when each part was done: more than two cores' worth spoils figures. */
  readonly busy: { readonly lookups: number; readonly forgetting: number }
}

const population = { workspacesPerTenant: 3, projectsPerWorkspace: 2, seed: 1 }
const benchTenants = 8
/** The product's own deadline of a question; the demo waits longer. */
const controlTimeoutMs = 90

/**
 * Fills a Postgres of its own, starts a control plane and measures what directories do with it, then what twenty
 * sidecars do when access is withdrawn. What it has started is put on `closers`, last first.
 */
export async function measureDirectory(
  name: DirectoryExtent,
  closers: (() => unknown)[],
  progress: (line: string) => void,
): Promise<DirectoryMeasured> {
  const extent = extents[name]
  const users = inventUsers(benchTenants, usersNeeded(extent))
  let control: ControlProcess | null = null
  const started = await startBack(
    {
      users,
      databaseUrl: undefined,
      redisUrl: undefined,
      settings,
      fill: url => fill(url, extent, progress),
      startControl: async variables => {
        control = await startControlProcess(variables)
        return control
      },
    },
    closers,
    progress,
  )
  const { redisUrl, ownerUrl } = started
  if (redisUrl === null || control === null)
    throw new Error('the directory is measured with a Redis: put redis-server or valkey-server on PATH')
  const variables = {
    ...started.variables,
    POSTERN_DEMO_CONTROL_TIMEOUT_MS: String(controlTimeoutMs),
    POSTERN_DEMO_UPSTREAM: 'http://127.0.0.1:1',
  }
  const back = { ...started, variables }
  const principals = await readPrincipals(ownerUrl, principalsNeeded(extent))
  const lookups = await measureLookups({
    variables,
    redisUrl,
    control,
    principals,
    extent,
    closers,
    progress,
  })
  const busyThen = busy()
  const forgetting = await measureForgetting({ back, redisUrl, users, extent, closers, progress })
  return { extent, lookups, forgetting, busy: { lookups: busyThen, forgetting: busy() } }
}

function busy(): number {
  return Math.round(loadavg()[1]! * 10) / 10
}

function fill(url: string, extent: Extent, progress: (line: string) => void) {
  return generate({
    url,
    population: { ...population, ...extent.population },
    add: true,
    progress,
    signal: new AbortController().signal,
  })
}

async function readPrincipals(url: string, count: number) {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  await client.connect()
  try {
    return await differentPrincipals(client, count)
  } finally {
    await client.end()
  }
}
