import { deepStrictEqual } from 'node:assert'
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { readAccess, readAccessText } from '../../src/store/postgres/queries/access.ts'
import type { Transactions } from '../../src/store/postgres/transaction.ts'
import type { Summary } from '../load/samples.ts'
import { summarise } from '../load/samples.ts'
import type { PlanShape } from './plan.ts'
import { assertIndexed, explainAccess } from './plan.ts'
import type { Principal } from './principals.ts'
import { samplePrincipals } from './principals.ts'
import type { Database } from './server.ts'
import { openTransactions } from './server.ts'

/** Under row level security, and past it. */
export type Sides<Each> = { readonly bound: Each; readonly unbound: Each }

export type AccessMeasured = {
  readonly principals: number
  readonly ways: readonly {
    readonly name: string
    readonly slices: readonly Sides<Summary>[]
  }[]
  /** For its values, as it runs unnamed; and planned once for all, as it runs when it was prepared. */
  readonly plans: { readonly custom: Sides<PlanShape>; readonly generic: Sides<PlanShape> }
}

export type AccessOptions = {
  readonly database: Database
  readonly principals: number
  readonly slices: number
  readonly closers: (() => unknown)[]
  readonly progress: (line: string) => void
}

/** Answers how many milliseconds the document of one principal took. */
type Load = (principal: Principal) => Promise<number>
type Way = { readonly name: string; readonly lanes: number; readonly sides: Sides<Load> }

const explained = 25
const lanesMost = 4
const unboundRole = 'postern_bench_unbound'

/** Compares the answers of both sides, then times them in turn. Throws where an answer differs or a plan does not scale. */
export async function measureAccess(options: AccessOptions): Promise<AccessMeasured> {
  const { database, closers, progress, slices } = options
  const clients = await connect(options)
  const principals = await samplePrincipals(clients.owner, options.principals)
  const bound = openTransactions(database.runtimeUrl, lanesMost, closers)
  const unbound = openTransactions(clients.unboundUrl, lanesMost, closers)
  for (const principal of principals) {
    const [document, same] = [await load(bound, principal), await load(unbound, principal)]
    deepStrictEqual(document, same)
    if (document === null) throw new Error('a member has no access document')
  }
  progress(`${principals.length} documents are the same with and without row level security`)

  const custom = await explainBoth('custom')
  const generic = await explainBoth('generic')
  for (const client of [clients.bound, clients.unbound]) await client.query('BEGIN')
  const ways = waysOf(clients, { bound, unbound })
  const results = ways.map(({ name }) => ({ name, slices: [] as Sides<Summary>[] }))
  for (let slice = -1; slice < slices; slice += 1) {
    for (const [index, way] of ways.entries()) {
      const measured = await alternate(way, principals, slice)
      if (slice >= 0) results[index]!.slices.push(measured)
    }
    if (slice >= 0) progress(`${slice + 1} of ${slices}: ${results.map(tell).join('; ')}`)
  }
  return { principals: principals.length, ways: results, plans: { custom, generic } }

  async function explainBoth(mode: 'custom' | 'generic'): Promise<Sides<PlanShape>> {
    const few = principals.slice(0, explained)
    const sides = {
      bound: await explainAccess(clients.bound, few, mode),
      unbound: await explainAccess(clients.unbound, few, mode),
    }
    await assertIndexed(clients.owner, sides.bound)
    return sides
  }
}

type Clients = {
  readonly owner: pg.Client
  readonly bound: pg.Client
  readonly unbound: pg.Client
  readonly unboundUrl: string
}

/** The role past row level security has the rights of the runtime role, and is made here, on a server of the bench's own. */
async function connect({ database, closers }: AccessOptions): Promise<Clients> {
  const owner = await open(database.ownerUrl, closers)
  const password = randomBytes(16).toString('hex')
  await owner.query(`DROP ROLE IF EXISTS ${unboundRole}`)
  await owner.query(
    `CREATE ROLE ${unboundRole} LOGIN BYPASSRLS PASSWORD '${password}' IN ROLE postern_runtime`,
  )
  const url = new URL(database.runtimeUrl)
  Object.assign(url, { username: unboundRole, password })
  const unboundUrl = url.href
  const [bound, unbound] = [await open(database.runtimeUrl, closers), await open(unboundUrl, closers)]
  return { owner, bound, unbound, unboundUrl }
}

async function open(url: string, closers: (() => unknown)[]): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  client.on('error', () => {})
  await client.connect()
  closers.push(() => client.end())
  return client
}

/** What a control plane does for a document, and what of it is the statement, and what of that its planning. */
function waysOf(clients: Clients, transactions: Sides<Transactions>): readonly Way[] {
  const whole: Sides<Load> = {
    bound: principal => timed(() => load(transactions.bound, principal)),
    unbound: principal => timed(() => load(transactions.unbound, principal)),
  }
  const statement = (name: string | undefined): Sides<Load> => ({
    bound: principal => timeStatement(clients.bound, principal, name),
    unbound: principal => timeStatement(clients.unbound, principal, name),
  })
  return [
    { name: 'whole transaction', lanes: 1, sides: whole },
    { name: `whole transaction, ${lanesMost} at once`, lanes: lanesMost, sides: whole },
    { name: 'the statement alone', lanes: 1, sides: statement(undefined) },
    { name: 'the statement alone, prepared', lanes: 1, sides: statement('access') },
  ]
}

function load(transactions: Transactions, { tenantId, issuer, subject }: Principal) {
  return transactions.inTenant(tenantId, session => readAccess(session, issuer, subject))
}

/** In the transaction that is open, so that no round trip to begin or commit one hides the difference. */
async function timeStatement(
  client: pg.Client,
  { tenantId, issuer, subject }: Principal,
  name: string | undefined,
): Promise<number> {
  await client.query("SELECT set_config('app.tenant_id', $1, true)", [tenantId])
  const statement = { text: readAccessText, values: [issuer, subject, tenantId] }
  return await timed(() => client.query(name === undefined ? statement : { ...statement, name }))
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now()
  await work()
  return performance.now() - startMs
}

/**
 * Every principal on both sides, one right after the other: whatever else is going on at the machine hits both alike.
 * Which side comes first changes from principal to principal, and for each of them from slice to slice.
 */
async function alternate(
  { sides, lanes }: Way,
  principals: readonly Principal[],
  slice: number,
): Promise<Sides<Summary>> {
  const bound: number[] = []
  const unbound: number[] = []
  const waiting = principals.entries()
  const lane = async () => {
    for (const [index, principal] of waiting) {
      const boundFirst = (index + slice) % 2 === 0
      if (boundFirst) bound.push(await sides.bound(principal))
      unbound.push(await sides.unbound(principal))
      if (!boundFirst) bound.push(await sides.bound(principal))
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return { bound: summarise(bound), unbound: summarise(unbound) }
}

function tell({ name, slices }: AccessMeasured['ways'][number]): string {
  const { bound, unbound } = slices.at(-1)!
  return `${name} ${bound.p50.toFixed(2)} ms against ${unbound.p50.toFixed(2)}`
}
