import pg from 'pg'
import { changeAccessOfRole } from '../../src/store/postgres/change-access.ts'
import { migrationStatus } from '../../src/store/postgres/migrate.ts'
import {
  grantRolePermission,
  insertPermission,
  listRolePermissions,
} from '../../src/store/postgres/queries/catalogue.ts'
import type { GlobalSession } from '../../src/store/postgres/transaction.ts'
import { stepsOf } from './fill.ts'
import type { Population } from './population.ts'
import { planPopulation } from './population.ts'
import { verify } from './verify.ts'
import { permissions, services } from './words.ts'

export type GenerateOptions = {
  /** A superuser: generated rows go past row level security, triggers and foreign keys, which are verified instead. */
  readonly url: string
  readonly population: Population
  /** Also into a database that has tenants. A population of which some is there already is completed. */
  readonly add: boolean
  readonly progress: (line: string) => void
  /** Ends it after the batch that is being written. */
  readonly signal: AbortSignal
  /** Places of users in tenants that one transaction writes, about; by default as many as are fast. */
  readonly membersPerBatch?: number
}

export type Generated = {
  /** False where it was ended early; the same command with --add goes on. */
  readonly whole: boolean
  readonly seconds: number
  /** What this run wrote, by table. */
  readonly rows: Readonly<Record<string, number>>
}

const connectMs = 10_000
const progressMs = 2_000
const membersPerBatchDefault = 20_000
/** Temporary: what the rows of a batch are made from. */
const planning = new Set(['members', 'rooms'])

/** Fills a migrated database with made-up tenants, commits in batches, verifies and analyses what it wrote. */
export async function generate(options: GenerateOptions): Promise<Generated> {
  await assertMigrated(options.url)
  const client = new pg.Client({ connectionString: options.url, connectionTimeoutMillis: connectMs })
  client.on('error', () => {})
  await client.connect()
  try {
    await assertUsable(client, options.add)
    // Foreign keys and guards are triggers.
    await client.query("SET session_replication_role = 'replica'")
    return await fill(client, options)
  } finally {
    await client.end()
  }
}

async function fill(client: pg.Client, options: GenerateOptions): Promise<Generated> {
  const { population, progress, signal, membersPerBatch = membersPerBatchDefault } = options
  const startedMs = performance.now()
  await extendCatalogue(client)
  await planPopulation(client, population)
  const operatorId = await addPlatform(client)
  const steps = stepsOf(population.projectsPerWorkspace, operatorId)
  const size = Math.max(1, Math.round(membersPerBatch / population.usersPerTenant))
  const rows: Record<string, number> = {}
  const tell = teller(population.tenants, progress)
  let done = 0
  while (done < population.tenants && !signal.aborted) {
    const last = Math.min(done + size, population.tenants) - 1
    await client.query('BEGIN')
    for (const { table, text, more } of steps) {
      const { rowCount } = await client.query(text, [done, last, ...more])
      if (!planning.has(table)) rows[table] = (rows[table] ?? 0) + rowCount!
    }
    await client.query('COMMIT')
    done = last + 1
    tell(done)
  }
  progress('verifying foreign keys, analysing')
  await verify(client)
  for (const table of Object.keys(rows)) await client.query(`VACUUM (ANALYZE) postern.${table}`)
  return { whole: done === population.tenants, seconds: (performance.now() - startedMs) / 1000, rows }
}

async function assertMigrated(url: string): Promise<void> {
  const { pending } = await migrationStatus(url)
  if (pending.length === 0) return
  throw new Error(
    `${pending.length} migrations are missing. Add --migrate, or type: npm run postern -- migrate`,
  )
}

async function assertUsable(client: pg.Client, add: boolean): Promise<void> {
  const found = await client.query<{ superuser: boolean; used: boolean }>(
    `SELECT rolsuper AS superuser, EXISTS (SELECT FROM postern.tenants) AS used
       FROM pg_catalog.pg_roles WHERE rolname = current_user`,
  )
  const { superuser, used } = found.rows[0]!
  if (!superuser)
    throw new Error('generating needs a superuser: it goes past row level security and triggers')
  if (used && !add) throw new Error('the database has tenants already. To add to them, or to go on: --add')
}

/** What the built-in roles may do with the services, as a platform that is installed has it. */
async function extendCatalogue(client: pg.Client): Promise<void> {
  const session: GlobalSession = {
    tenantId: null,
    rows: async (text, values) => (await client.query(text, [...values])).rows,
  }
  await client.query('BEGIN')
  for (const { name } of permissions) await insertPermission(session, { name, description: 'Generated' })
  for (const role of ['owner', 'admin', 'member', 'guest']) {
    const held = await listRolePermissions(session, role)
    const missing = permissions.filter(({ name, roles }) => roles.includes(role) && !held.includes(name))
    if (missing.length === 0) continue
    const changing = await changeAccessOfRole(session, { kind: 'role.changed', role })
    for (const { name } of missing) await grantRolePermission(changing, name)
  }
  await client.query('COMMIT')
}

/** Services, and the one operator whose break-glass grants are in the history; answers the operator's id. */
async function addPlatform(client: pg.Client): Promise<string> {
  await client.query('BEGIN')
  await client.query(
    `INSERT INTO postern.services (id, name, issuer, subject, created_at)
     SELECT pg_temp.id(pg_temp.history_start(), 'service', place, 0), name, 'https://cluster.generated.example',
            'system:serviceaccount:qlp:' || name, pg_temp.history_start()
       FROM unnest($1::text[]) WITH ORDINALITY AS wanted (name, place)
     ON CONFLICT (name) DO NOTHING`,
    [services],
  )
  await client.query(
    `INSERT INTO postern.service_permissions (service_id, permission)
     SELECT s.id, permission FROM postern.services s CROSS JOIN unnest($2::text[]) AS permission
      WHERE s.name = ANY ($1) ON CONFLICT DO NOTHING`,
    [services, permissions.filter(({ roles }) => roles.includes('guest')).map(({ name }) => name)],
  )
  const operator = await client.query<{ id: string }>(
    `INSERT INTO postern.users (id, display_name, created_at)
     SELECT pg_temp.id(pg_temp.history_start(), 'operator', 0, 0), 'Opal Operator', pg_temp.history_start()
     ON CONFLICT (id) DO UPDATE SET display_name = excluded.display_name RETURNING id`,
  )
  const { id } = operator.rows[0]!
  await client.query(
    'INSERT INTO postern.operators (user_id, created_at) VALUES ($1, pg_temp.history_start()) ON CONFLICT DO NOTHING',
    [id],
  )
  await client.query('COMMIT')
  return id
}

function teller(tenants: number, progress: (line: string) => void): (done: number) => void {
  const startedMs = performance.now()
  let toldMs = Number.NEGATIVE_INFINITY
  return done => {
    const nowMs = performance.now()
    if (nowMs - toldMs < progressMs && done < tenants) return
    toldMs = nowMs
    const perSecond = done / ((nowMs - startedMs) / 1000)
    const left = Math.ceil((tenants - done) / perSecond)
    progress(`${done} of ${tenants} tenants, ${Math.round(perSecond)} a second, ${left} s left`)
  }
}
