import { systemClock } from '../../src/lib/clock.ts'
import { migrate } from '../../src/store/postgres/migrate.ts'
import type { BenchOptions } from '../arguments.ts'
import type { AccessMeasured } from './access.ts'
import { measureAccess } from './access.ts'
import type { Generated } from './generate.ts'
import { generate } from './generate.ts'
import type { MigrationMeasured } from './migration.ts'
import { measureMigration } from './migration.ts'
import type { BenchServer } from './server.ts'
import { startBenchServer } from './server.ts'

export type Extent = NonNullable<BenchOptions['database']>

export type DatabaseMeasured = {
  readonly postgres: string
  readonly usersPerTenant: number
  readonly sizes: readonly {
    readonly tenants: number
    readonly generated: Generated
    readonly access: AccessMeasured
  }[]
  readonly migration: MigrationMeasured
}

const extents = {
  quick: { tenants: [10, 1_000], principals: 60, slices: 2, memberships: 100_000 },
  usual: { tenants: [10, 10_000], principals: 200, slices: 6, memberships: 1_000_000 },
  full: { tenants: [10, 10_000, 100_000], principals: 300, slices: 8, memberships: 10_000_000 },
} as const

const usersPerTenant = 10
const population = { usersPerTenant, workspacesPerTenant: 3, projectsPerWorkspace: 2, seed: 1 }

/** Fills databases of several sizes and measures access documents in each, then what migrations do to a large one. */
export async function measureDatabase(
  extent: Extent,
  closers: (() => unknown)[],
  progress: (line: string) => void,
): Promise<DatabaseMeasured> {
  const server = await startBenchServer(closers, progress)
  const { memberships, tenants, ...how } = extents[extent]
  const sizes: DatabaseMeasured['sizes'][number][] = []
  for (const count of tenants) sizes.push(await measureSize(server, count, how, progress))
  progress(`${memberships} memberships at the second migration`)
  const migration = await server.withDatabase('migration', database =>
    closing(own => measureMigration({ database, memberships, closers: own, progress })),
  )
  return { postgres: server.version, usersPerTenant, sizes, migration }
}

async function measureSize(
  server: BenchServer,
  tenants: number,
  how: { readonly principals: number; readonly slices: number },
  progress: (line: string) => void,
): Promise<DatabaseMeasured['sizes'][number]> {
  return await server.withDatabase(`tenants_${tenants}`, async database => {
    progress(`${tenants} tenants`)
    const { ownerUrl, runtimePassword } = database
    await migrate({ ownerUrl, runtimePassword, clock: systemClock, log: { info() {} } })
    const generated = await generate({
      url: ownerUrl,
      population: { ...population, tenants },
      add: false,
      progress,
      signal: new AbortController().signal,
    })
    const access = await closing(own => measureAccess({ database, ...how, closers: own, progress }))
    return { tenants, generated, access }
  })
}

/** Connections to a database end before it is dropped. */
async function closing<Result>(work: (closers: (() => unknown)[]) => Promise<Result>): Promise<Result> {
  const closers: (() => unknown)[] = []
  try {
    return await work(closers)
  } finally {
    for (const closer of closers.toReversed()) await closer()
  }
}
