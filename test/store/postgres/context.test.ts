import t from 'tap'
import type { PoolOptions } from '../../../src/store/postgres/pool.ts'
import type { RunStatement, TenantSession } from '../../../src/store/postgres/transaction.ts'
import { createTransactions } from '../../../src/store/postgres/transaction.ts'
import { createTestDatabase, withClient } from '../../support/database.ts'
import { openPool } from '../../support/pool.ts'
import { startRawService } from '../../support/raw-peer.ts'
import { insertTenants, lookAround, sightOf } from '../../support/tenant-rows.ts'

const database = await createTestDatabase(t)
const tenants = await insertTenants(database.ownerUrl, 2)
const [tenant, other] = [tenants[0]!, tenants[1]!]
await withClient(database.ownerUrl, async client => {
  await client.query('CREATE TABLE public.marks (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)')
  await client.query('GRANT SELECT, INSERT ON public.marks TO postern_runtime')
})

type Test = { readonly teardown: (task: () => Promise<void>) => unknown }

/** One client, so that whatever one transaction leaves behind is there for the next. */
function open(t: Test, { statementMs = 5000, ...more }: Partial<PoolOptions & { statementMs: number }> = {}) {
  const pool = openPool(t, database.runtimeUrl, { connections: 1, ...more })
  return { pool, transactions: createTransactions({ pool, statementMs, waitingMax: 10 }) }
}

const mark = (rows: RunStatement, id: number) => rows('INSERT INTO public.marks VALUES ($1)', [id])

async function isMarked(id: number): Promise<boolean> {
  return await withClient(database.ownerUrl, async client => {
    return (await client.query('SELECT FROM public.marks WHERE id = $1', [id])).rowCount !== 0
  })
}

const backend = async (rows: RunStatement) =>
  (await rows<{ pid: number }>('SELECT pg_backend_pid() AS pid', []))[0]!.pid

t.test('a transaction sees its own tenant and nothing of another', async t => {
  const { transactions } = open(t)
  for (const each of [tenant, other, tenant]) {
    t.same(await transactions.inTenant(each.id, ({ rows }) => lookAround(rows)), sightOf(each))
  }
})

t.test(
  'a statement that nobody waits for undoes its transaction, and is over when the next begins',
  async t => {
    const { transactions } = open(t)
    const pid = await transactions.inTenant(tenant.id, ({ rows }) => backend(rows))
    for (const text of ['INSERT INTO public.marks SELECT 1 FROM pg_sleep(0.05)', 'SELECT 1/0']) {
      const attempt = transactions.inTenant(tenant.id, async ({ rows }) => {
        void rows(text, [])
      })
      await t.rejects(attempt, { code: 'INTERNAL', message: /still running/ })
    }
    t.notOk(await isMarked(1))
    t.same(await transactions.inTenant(other.id, ({ rows }) => backend(rows)), pid, 'on the same client')
  },
)

t.test('the failure of a statement that nobody waits for does not end the process', async t => {
  const { transactions } = open(t)
  const attempt = transactions.inTenant(tenant.id, async ({ rows }) => {
    void rows('SELECT 1/0', [])
    await new Promise(resolve => setTimeout(resolve, 20))
  })
  await t.rejects(attempt, { code: 'INTERNAL', message: /commit a transaction that failed/ })
})

t.test('work that goes on after it has returned or thrown runs nothing behind its transaction', async t => {
  const { transactions } = open(t)
  for (const throws of [false, true]) {
    const { promise: refused, resolve } = Promise.withResolvers<unknown>()
    const goOn = async (rows: RunStatement) => {
      for (let id = 10; ; id += 1) await mark(rows, id)
    }
    const attempt = transactions.inTenant(tenant.id, async ({ rows }) => {
      await mark(rows, 2)
      goOn(rows).catch(resolve)
      if (throws) throw new Error('second thoughts')
    })
    await t.rejects(attempt)
    t.match(await refused, { code: 'INTERNAL', message: /after its end/ })
    t.same(await transactions.global(({ rows }) => rows('SELECT * FROM public.marks', [])), [])
  }
})

t.test('no statement gets in between the end of the work and its COMMIT', async t => {
  const { transactions } = open(t)
  const attempts: Promise<unknown>[] = []
  await transactions
    .inTenant(tenant.id, async ({ rows }) => {
      await backend(rows)
      // The COMMIT is sent after a few turns of the microtask queue; one of these falls behind it.
      queueMicrotask(async function again() {
        if (attempts.length === 20) return
        const attempt = mark(rows, 20 + attempts.length)
        attempts.push(attempt)
        await attempt.catch(() => {})
        queueMicrotask(again)
      })
    })
    .catch(() => {})
  const outcomes = await Promise.allSettled(attempts)
  t.match(outcomes.at(-1), { status: 'rejected', reason: { code: 'INTERNAL' } })
  t.same(await transactions.global(({ rows }) => rows('SELECT * FROM public.marks', [])), [])
})

t.test('two statements at once are refused, and the transaction with them though nobody listens', async t => {
  const { transactions } = open(t)
  const both = transactions.inTenant(tenant.id, ({ rows }) => Promise.all([mark(rows, 3), mark(rows, 4)]))
  await t.rejects(both, { code: 'INTERNAL', message: /two statements/ })
  const deaf = transactions.inTenant(tenant.id, async ({ rows }) => {
    await Promise.allSettled([mark(rows, 3), mark(rows, 4)])
  })
  await t.rejects(deaf, { code: 'INTERNAL', message: /lacks a statement/ })
  t.notOk((await isMarked(3)) || (await isMarked(4)))
})

t.test('one text is one statement, so that what got into it cannot leave the tenant', async t => {
  const { transactions } = open(t)
  const attempt = transactions.inTenant(tenant.id, ({ rows }) =>
    rows(`SELECT 1; COMMIT; BEGIN; SELECT set_config('app.tenant_id', '${other.id}', true)`, []),
  )
  await t.rejects(attempt, { code: 'STORE_UNAVAILABLE', details: { sqlState: '42601' } })
})

t.test('work that ended its transaction itself writes nothing after it', async t => {
  const { transactions } = open(t)
  const attempt = transactions.inTenant(tenant.id, async ({ rows }) => {
    await rows('ROLLBACK', [])
    await mark(rows, 5)
  })
  await t.rejects(attempt, { code: 'INTERNAL', message: /after its end/ })
  t.notOk(await isMarked(5))
})

t.test('a failure on our side that the work swallowed is not reported as done', async t => {
  const { pool, transactions } = open(t)
  const circular: unknown[] = []
  circular.push({ circular })
  const attempt = transactions.inTenant(tenant.id, async ({ rows }) => {
    await mark(rows, 6)
    await rows('SELECT $1::jsonb', [{ circular }]).catch(() => {})
  })
  await t.rejects(attempt, { code: 'STORE_UNAVAILABLE' })
  t.notOk(await isMarked(6))
  t.equal(pool.totalCount, 0, 'its client is destroyed')
})

t.test('a COMMIT that fails is told, and leaves a clean client', async t => {
  const { transactions } = open(t)
  let pid = 0
  const attempt = transactions.inTenant(tenant.id, async ({ rows }) => {
    pid = await backend(rows)
    await mark(rows, 7)
    await mark(rows, 7)
  })
  await t.rejects(attempt, { code: 'INTERNAL', details: { sqlState: '23505' } })
  t.notOk(await isMarked(7))
  const next = await transactions.inTenant(other.id, async ({ rows }) => [
    await backend(rows),
    await lookAround(rows),
  ])
  t.same(next, [pid, sightOf(other)])
})

t.test('work that waits for something else gives its client back when the server gives up on it', async t => {
  const { pool, transactions } = open(t, { statementMs: 50 })
  let kept: TenantSession | null = null
  const attempt = transactions.inTenant(tenant.id, session => {
    kept = session
    return new Promise<void>(() => {})
  })
  await t.rejects(attempt, { code: 'STORE_UNAVAILABLE', details: { sqlState: '25P03' } })
  t.equal(pool.totalCount, 0)
  t.same(await transactions.inTenant(other.id, ({ rows }) => lookAround(rows)), sightOf(other))
  await t.rejects(lookAround(kept!.rows), { code: 'STORE_UNAVAILABLE' })
})

t.test('a server that goes away in the packet that lets a client in ends no process', async t => {
  const letIn = 'R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I'
  const fields = 'SFATAL\0C57P01\0Mgoing away\0\0'
  const service = await startRawService(t, peer => {
    peer.socket.once('data', () =>
      peer.write(`${letIn}E\0\0\0${String.fromCharCode(fields.length + 4)}${fields}`),
    )
  })
  const { transactions } = open(t, { url: `postgres://someone@127.0.0.1:${service.port}/none` })
  await t.rejects(
    transactions.inTenant(tenant.id, ({ rows }) => lookAround(rows)),
    { code: 'STORE_UNAVAILABLE' },
  )
})

t.test('without a tenant, a statement about what tenants have fails instead of finding nothing', async t => {
  const { transactions } = open(t)
  const statements = [
    'SELECT count(*) FROM postern.tenants',
    'SELECT id FROM postern.workspaces FOR UPDATE',
    "UPDATE postern.workspaces SET name = 'x'",
    'DELETE FROM postern.workspaces',
    `INSERT INTO postern.projects (tenant_id, id, workspace_id, slug, name)
     VALUES ('${tenant.id}', '${tenant.id}', '${tenant.workspaceIds[0]}', 'x', 'x')`,
  ]
  for (const statement of statements) {
    await t.rejects(
      transactions.global(({ rows }) => rows(statement, [])),
      { code: 'INTERNAL', details: { sqlState: '22P02' } },
      statement,
    )
    await transactions.inTenant(tenant.id, ({ rows }) => lookAround(rows))
  }
})

t.test('a tenant that something else set for the whole connection is not seen', async t => {
  const { pool, transactions } = open(t)
  const client = await pool.connect()
  await client.query("SELECT set_config('app.tenant_id', $1, false)", [other.id])
  client.release()
  t.same(await transactions.inTenant(tenant.id, ({ rows }) => lookAround(rows)), sightOf(tenant))
  const told = "SELECT current_setting('app.tenant_id') AS tenant"
  t.same(await transactions.global(({ rows }) => rows(told, [])), [{ tenant: '' }])
})
