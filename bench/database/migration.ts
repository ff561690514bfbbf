import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../../src/lib/clock.ts'
import { migrate } from '../../src/store/postgres/migrate.ts'
import { ownMigrations } from '../../src/store/postgres/migrating/files.ts'
import type { Bystood, Span } from './bystander.ts'
import { longestWithin, reader, standBy, writer } from './bystander.ts'
import { fillForMigration } from './migration-rows.ts'
import type { Database } from './server.ts'
import { openTransactions } from './server.ts'

export type Bystander = Pick<Bystood, 'latencyMs' | 'failed'>

export type MigrationMeasured = {
  readonly memberships: number
  readonly fillSeconds: number
  /** How long each file took, its waits for locks included. */
  readonly files: readonly {
    readonly name: string
    readonly ms: number
    /** How long the transaction beside it was held up that was held up longest. */
    readonly longestReadMs: number
    readonly longestWriteMs: number
  }[]
  /** Of files that did not get a lock in time and were tried again. */
  readonly retries: number
  readonly reader: Bystander
  readonly writer: Bystander
}

type MigrationOptions = {
  readonly database: Database
  readonly memberships: number
  readonly closers: (() => unknown)[]
  readonly progress: (line: string) => void
}

/** Where databases stood before there were custom roles, guards and the rest. */
const before = ['0001_tenants.sql', '0002_catalogue.sql']
const settleMs = 1_000

/** Brings a full database from its second migration to the newest, beside somebody who reads and somebody who writes. */
export async function measureMigration(options: MigrationOptions): Promise<MigrationMeasured> {
  const { database, closers, progress } = options
  const { ownerUrl, runtimeUrl } = database
  await migrateBefore(database)
  const startMs = performance.now()
  const memberships = await fillForMigration(ownerUrl, options.memberships, progress)
  const fillSeconds = (performance.now() - startMs) / 1000

  const transactions = openTransactions(runtimeUrl, 2, closers)
  const stop = new AbortController()
  const stood = [reader, writer].map(work => standBy(work(transactions), stop.signal))
  await sleep(settleMs)
  const files: ({ name: string; ms: number } & Span)[] = []
  let retries = 0
  let startedMs = 0
  const info = ({ migration, ms, attempt }: Readonly<Record<string, unknown>>, message: string) => {
    progress(message)
    if (attempt !== undefined) retries += 1
    else if (typeof ms !== 'number') startedMs = performance.now()
    else files.push({ name: String(migration), ms, startMs: startedMs, endMs: performance.now() })
  }
  try {
    await migrate({ ownerUrl, runtimePassword: null, clock: systemClock, log: { info } })
    await sleep(settleMs)
  } finally {
    stop.abort()
  }
  const [read, wrote] = (await Promise.all(stood)) as [Bystood, Bystood]
  return {
    memberships,
    fillSeconds,
    retries,
    files: files.map(file => ({
      name: file.name,
      ms: file.ms,
      longestReadMs: longestWithin(read, file),
      longestWriteMs: longestWithin(wrote, file),
    })),
    reader: told(read),
    writer: told(wrote),
  }
}

async function migrateBefore({ ownerUrl, runtimePassword }: Database): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'postern-bench-'))
  try {
    for (const file of before) copyFileSync(join(ownMigrations, file), join(directory, file))
    await migrate({ ownerUrl, runtimePassword, clock: systemClock, log: { info() {} }, directory })
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function told({ latencyMs, failed }: Bystood): Bystander {
  return { latencyMs, failed }
}
