import t from 'tap'
import { Fault } from '../../../src/lib/fault.ts'
import type { TenantSession } from '../../../src/store/postgres/transaction.ts'
import { createTransactions } from '../../../src/store/postgres/transaction.ts'
import { createTestDatabase, withClient } from '../../support/database.ts'
import { openPool } from '../../support/pool.ts'

const tenantId = '01900000-0000-7000-8000-000000000001'
const otherId = '01900000-0000-7000-8000-000000000002'
const database = await createTestDatabase(t)

type Bounds = { connections?: number; statementMs?: number; answerMs?: number; waitingMax?: number }

function open(
  t: { teardown: (task: () => Promise<void>) => unknown },
  bounds: Bounds = {},
  url = database.runtimeUrl,
) {
  const { connections = 1, statementMs = 5000, answerMs = 10_000, waitingMax = 10 } = bounds
  const lost: string[] = []
  const pool = openPool(t, url, {
    connections,
    answerMs,
    events: { onIdleLost: reason => lost.push(reason) },
  })
  return { pool, lost, transactions: createTransactions({ pool, statementMs, waitingMax }) }
}

const whereAmI =
  "SELECT current_setting('app.tenant_id', true) AS tenant, pg_backend_pid() AS pid, current_setting('statement_timeout') AS timeout"
type Place = { tenant: string; pid: number; timeout: string }

async function place(session: { rows: TenantSession['rows'] }): Promise<Place> {
  return (await session.rows<Place>(whereAmI, []))[0]!
}

t.test('the tenant is set for its transaction only, on a client that is used again', async t => {
  const { transactions } = open(t)
  const inside = await transactions.inTenant(tenantId, place)
  t.equal(inside.tenant, tenantId)
  const after = await transactions.global(place)
  t.match(after, { tenant: '', pid: inside.pid, timeout: '5s' })
})

t.test('no tenant is left behind by work that throws, or by a statement that fails', async t => {
  const { pool, transactions } = open(t)
  const first = await transactions.inTenant(tenantId, place)
  const bug = new Error('a bug in the work')
  await t.rejects(
    transactions.inTenant(tenantId, async () => {
      throw bug
    }),
    bug,
  )
  await t.rejects(
    transactions.inTenant(tenantId, session => session.rows('SELECT 1/0', [])),
    { code: 'INTERNAL', details: { sqlState: '22012' } },
  )
  const client = await pool.connect()
  t.teardown(() => client.release())
  const after = (await client.query(whereAmI)).rows[0]
  t.match(after, { tenant: '', pid: first.pid }, 'the same client, clean')
})

t.test('what the work wrote is kept when it returns and undone when it throws', async t => {
  const { transactions } = open(t)
  const write = (id: string) =>
    transactions.global(async session => {
      await session.rows('INSERT INTO postern.users (id, display_name) VALUES ($1, $2)', [id, 'someone'])
      if (id === otherId) throw new Error('second thoughts')
    })
  await write(tenantId)
  await t.rejects(write(otherId), /second thoughts/)
  const ids = await transactions.global(session => session.rows('SELECT id FROM postern.users', []))
  t.same(ids, [{ id: tenantId }])
})

t.test('work that swallows the failure of a statement is not reported as done', async t => {
  const { transactions } = open(t)
  const attempt = transactions.inTenant(tenantId, async session => {
    await session.rows('SELECT 1/0', []).catch(() => {})
    return 'done'
  })
  await t.rejects(attempt, { code: 'INTERNAL', message: /commit a transaction that failed/ })
})

t.test('work that ends the transaction itself is not reported as done', async t => {
  const { transactions } = open(t)
  const attempt = transactions.inTenant(tenantId, session => session.rows('ROLLBACK', []))
  await t.rejects(attempt, { code: 'INTERNAL', message: /commit a transaction that failed/ })
})

t.test('a handle that outlives its transaction throws instead of reading as someone else', async t => {
  const { transactions } = open(t)
  let kept: TenantSession | null = null
  await transactions.inTenant(tenantId, async session => {
    kept = session
  })
  await transactions.inTenant(otherId, async () => {
    await t.rejects(place(kept!), { code: 'INTERNAL', message: /after its end/ })
  })
})

t.test('something that is no tenant id does not begin a transaction', async t => {
  const { pool, transactions } = open(t)
  for (const id of ['', 'acme', `${tenantId}'`]) {
    await t.rejects(transactions.inTenant(id, place), { code: 'INTERNAL' })
  }
  t.equal(pool.totalCount, 0)
})

t.test('the server gives up a statement that takes too long, and its client is destroyed', async t => {
  const { pool, transactions } = open(t, { statementMs: 50 })
  const before = await transactions.inTenant(tenantId, place)
  await t.rejects(
    transactions.inTenant(tenantId, session => session.rows('SELECT pg_sleep(60)', [])),
    { code: 'STORE_UNAVAILABLE', details: { sqlState: '57014' } },
  )
  t.equal(pool.totalCount, 0)
  const after = await transactions.inTenant(tenantId, place)
  t.not(after.pid, before.pid)
})

t.test('a server that stays silent is left to itself, and its client is destroyed', async t => {
  const { pool, transactions } = open(t, { statementMs: 60_000, answerMs: 100 })
  await t.rejects(
    transactions.inTenant(tenantId, session => session.rows('SELECT pg_sleep(60)', [])),
    { code: 'STORE_UNAVAILABLE', details: {} },
  )
  t.equal(pool.totalCount, 0)
  t.match(await transactions.global(place), { tenant: '' }, 'the next one gets a new client')
})

t.test(
  'a backend killed under a transaction is a fault of the store, and the next one gets another',
  async t => {
    const { transactions } = open(t)
    const attempt = transactions.inTenant(tenantId, async session => {
      const { pid } = await place(session)
      await withClient(database.ownerUrl, client =>
        client.query('SELECT pg_terminate_backend($1, 5000)', [pid]),
      )
      return await place(session)
    })
    await t.rejects(attempt, { code: 'STORE_UNAVAILABLE' })
    t.match(await transactions.inTenant(otherId, place), { tenant: otherId })
  },
)

t.test(
  'a backend killed while its client is idle is reported, and replaced by the next transaction',
  async t => {
    const { pool, transactions, lost } = open(t)
    const { pid } = await transactions.global(place)
    const removed = new Promise(resolve => pool.once('remove', resolve))
    await withClient(database.ownerUrl, client =>
      client.query('SELECT pg_terminate_backend($1, 5000)', [pid]),
    )
    await removed
    t.same(lost, ['57P01'])
    t.match(await transactions.inTenant(tenantId, place), { tenant: tenantId })
  },
)

t.test('no server is a fault of the store', async t => {
  const { transactions } = open(t, {}, 'postgres://postern_runtime@127.0.0.1:1/none')
  await t.rejects(transactions.global(place), { code: 'STORE_UNAVAILABLE' })
})

t.test('more than may wait for a connection are turned away at once', async t => {
  const { transactions } = open(t, { connections: 1, waitingMax: 1 })
  const release = Promise.withResolvers<void>()
  const busy = transactions.global(() => release.promise)
  const waiting = transactions.inTenant(tenantId, place)
  const turnedAway = { code: 'STORE_UNAVAILABLE', details: { waiting: 1 } }
  await t.rejects(transactions.inTenant(otherId, place), turnedAway)
  release.resolve()
  await busy
  t.match(await waiting, { tenant: tenantId })
})

t.test('constraint violations say which constraint, and no value', async t => {
  const { transactions } = open(t)
  const insert = () =>
    transactions.global(session =>
      session.rows("INSERT INTO postern.users (id, display_name) VALUES ($1, 'x')", [tenantId]),
    )
  const error = await insert().then(
    () => null,
    (thrown: unknown) => thrown,
  )
  t.type(error, Fault)
  t.match(error, { code: 'INTERNAL', details: { sqlState: '23505', constraint: 'users_pkey' } })
  t.notMatch(JSON.stringify(error), tenantId)
  t.equal((error as Fault).cause, undefined)
})

t.test('a hundred transactions of two tenants on few clients never see the other tenant', async t => {
  const { transactions } = open(t, { connections: 4, waitingMax: 100 })
  const places = await Promise.all(
    Array.from({ length: 100 }, async (_, index) => {
      const id = index % 2 === 0 ? tenantId : otherId
      const seen = await transactions
        .inTenant(id, async session => {
          const found = await place(session)
          if (index % 5 === 0) throw new Error('now and then one fails')
          return found
        })
        .catch(() => ({ tenant: id }))
      return seen.tenant === id
    }),
  )
  t.notOk(places.includes(false))
})

t.test(
  'a statement with a plan name is planned once on a connection, and tenants stay apart in it',
  async t => {
    const { transactions } = open(t)
    const read = (tenantId: string) =>
      transactions.inTenant(tenantId, session => session.rows<Place>(whereAmI, [], 'where-am-i'))
    for (const id of [tenantId, otherId, tenantId, otherId, tenantId, otherId, tenantId, otherId]) {
      t.equal((await read(id))[0]!.tenant, id)
    }
    const plans = await transactions.global(session =>
      session.rows("SELECT name FROM pg_prepared_statements WHERE name = 'where-am-i'", []),
    )
    t.equal(plans.length, 1)
  },
)

t.test('a plan that a changed schema does not fit costs its connection, and no more', async t => {
  const { pool, transactions } = open(t)
  const table = 'postern.users'
  const read = () => transactions.global(session => session.rows(`SELECT * FROM ${table}`, [], 'all-users'))
  await read()
  await withClient(database.ownerUrl, client => client.query(`ALTER TABLE ${table} ADD COLUMN extra text`))
  t.teardown(() =>
    withClient(database.ownerUrl, client => client.query(`ALTER TABLE ${table} DROP COLUMN extra`)).then(
      () => {},
    ),
  )
  await t.rejects(read(), { code: 'STORE_UNAVAILABLE', details: { sqlState: '0A000' } })
  t.equal(pool.totalCount, 0)
  t.match(await read(), [{ extra: null }])
})
