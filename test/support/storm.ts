import { isDeepStrictEqual } from 'node:util'
import pg from 'pg'
import { v7 } from 'uuid'
import type { TenantSession, Transactions } from '../../src/store/postgres/transaction.ts'
import { createTransactions } from '../../src/store/postgres/transaction.ts'
import type { TestDatabase } from './database.ts'
import { withClient } from './database.ts'
import { mishaps } from './mishaps.ts'
import { openPool } from './pool.ts'
import { createRandom, integerBelow } from './random.ts'
import type { TenantRows } from './tenant-rows.ts'
import { insertTenants, lookAround, sightOf } from './tenant-rows.ts'

export type StormOptions = {
  readonly database: TestDatabase
  /** Where the runtime role connects: straight to Postgres, or not. */
  readonly url: string
  readonly connections: number
  readonly seed: number
  /** Happens now and then, in the middle of it all. */
  readonly disturb?: () => Promise<void>
}

export type Storm = {
  /** Whatever a transaction saw or left behind that it should not have. */
  readonly findings: readonly unknown[]
  readonly sights: number
  readonly committed: number
  readonly mishapsSeen: readonly string[]
  readonly pool: pg.Pool
  readonly transactions: Transactions
  readonly tenants: readonly TenantRows[]
}

type Test = { readonly teardown: (task: () => Promise<void>) => unknown }

const transactionsMade = 300
const callers = 24
const tenantsMade = 8
const usual = 'nothing at all'

/**
 * Hundreds of transactions of many tenants on few connections, half of which go wrong in every way there is. Tenants,
 * mishaps and their order follow from the seed; how they interleave does not.
 */
export async function runStorm(t: Test, options: StormOptions): Promise<Storm> {
  const { database } = options
  const tenants = await insertTenants(database.ownerUrl, tenantsMade)
  const superuser = new pg.Pool({ connectionString: database.ownerUrl, max: 2 })
  t.teardown(() => superuser.end())
  await superuser.query('CREATE TABLE public.checked_late (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)')
  await superuser.query('GRANT INSERT ON public.checked_late TO postern_runtime')
  const { pool, impatient, patient } = open(t, options)

  const findings: unknown[] = []
  const written: Written[] = []
  let sights = 0

  async function run({ mishap, tenant }: Planned): Promise<void> {
    const { work, keeps, patientServer } = mishaps[mishap]!
    const expected = sightOf(tenant)
    const ids: string[] = []
    const handles: TenantSession[] = []
    const { inTenant } = patientServer === true ? patient : impatient
    const committed = await inTenant(tenant.id, async session => {
      handles.push(session)
      const look = async () => {
        const seen = await lookAround(session.rows)
        sights += 1
        if (!isDeepStrictEqual({ ...seen }, expected)) findings.push({ mishap, expected, seen })
      }
      const write = async () => {
        const id = v7()
        ids.push(id)
        await session.rows(insertProject, [id])
      }
      await work({ session, look, write, superuser })
    }).then(
      () => true,
      () => false,
    )
    if (committed && keeps === false) findings.push({ mishap, reported: 'as done' })
    // A COMMIT whose answer was lost may have been heard.
    written.push({ mishap, tenantId: tenant.id, ids, kept: committed || (keeps === false ? false : null) })
    for (const { rows } of handles) {
      const seen = await rows('SELECT 1', []).catch(() => null)
      if (seen !== null) findings.push({ mishap, seen: 'after its end' })
    }
  }

  const plan = makePlan(options.seed, tenants)
  const rest = plan.entries()
  let disturbed = Promise.resolve()
  async function call(): Promise<void> {
    for (const [index, planned] of rest) {
      if (index % 100 === 50) disturbed = options.disturb?.() ?? disturbed
      await disturbed
      await run(planned)
    }
  }
  await Promise.all(Array.from({ length: callers }, call))

  return {
    findings: [...findings, ...(await findMisplaced(database, written))],
    sights,
    committed: written.filter(({ kept }) => kept === true).length,
    mishapsSeen: [...new Set(plan.map(({ mishap }) => mishap))],
    pool,
    transactions: impatient,
    tenants,
  }
}

type Planned = { readonly mishap: string; readonly tenant: TenantRows }

function makePlan(seed: number, tenants: readonly TenantRows[]): Planned[] {
  const random = createRandom(seed)
  const names = Object.keys(mishaps)
  return Array.from({ length: transactionsMade }, () => ({
    mishap: random() < 0.5 ? usual : names[integerBelow(random, names.length)]!,
    tenant: tenants[integerBelow(random, tenants.length)]!,
  }))
}

function open(t: Test, { url, connections }: StormOptions) {
  const pool = openPool(t, url, { connections, connectMs: 50_000, answerMs: 800, idleMs: 60_000 })
  const transactionsWith = (statementMs: number) =>
    createTransactions({ pool, statementMs, waitingMax: callers })
  return { pool, impatient: transactionsWith(300), patient: transactionsWith(60_000) }
}

/** Into the tenant that the server takes the transaction for. */
const insertProject = `
  INSERT INTO postern.projects (tenant_id, id, workspace_id, slug, name)
  SELECT tenant_id, $1::uuid, id, 'project-' || $1, 'A project' FROM postern.workspaces ORDER BY id LIMIT 1`

type Written = {
  readonly mishap: string
  readonly tenantId: string
  readonly ids: readonly string[]
  /** Null where nobody can know. */
  readonly kept: boolean | null
}

/** Rows that were kept of a transaction that was undone, lost of one that was committed, or went to another tenant. */
async function findMisplaced(database: TestDatabase, written: readonly Written[]): Promise<unknown[]> {
  const found = await withClient(database.ownerUrl, client =>
    client.query<{ id: string; tenant_id: string }>('SELECT id, tenant_id FROM postern.projects'),
  )
  const places = new Map(found.rows.map(({ id, tenant_id }) => [id, tenant_id]))
  return written.flatMap(({ mishap, tenantId, ids, kept }) =>
    ids
      .map(id => ({ mishap, tenantId, kept, place: places.get(id) ?? null }))
      .filter(({ place }) => (place === null ? kept === true : kept === false || place !== tenantId)),
  )
}
