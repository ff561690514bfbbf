import type pg from 'pg'
import type { RunStatement, TenantSession } from '../../src/store/postgres/transaction.ts'
import { until } from './until.ts'

export type Scene = {
  readonly session: TenantSession
  /** Looks around; what was seen is checked in the end. */
  readonly look: () => Promise<void>
  /** Leaves something that must be gone unless the transaction is committed. */
  readonly write: () => Promise<void>
  /** Another connection, as a superuser, past any PgBouncer. */
  readonly superuser: pg.Pool
}

export type Mishap = {
  /** Whether what was written is kept; null where nobody can know. */
  readonly keeps: boolean | null
  /** The server does not mind long statements, so the client is the first to lose patience. */
  readonly patientServer?: true
  readonly work: (scene: Scene) => Promise<unknown>
}

/** Everything that can go wrong in a transaction. */
export const mishaps: Readonly<Record<string, Mishap>> = {
  'nothing at all': {
    keeps: true,
    async work({ look, write }) {
      await look()
      await write()
      await look()
    },
  },
  'a statement fails': undone(({ session }) => session.rows('SELECT 1/0', [])),
  'a failure is swallowed': undone(({ session }) => session.rows('SELECT 1/0', []).catch(() => {})),
  'work throws before its first statement': {
    keeps: false,
    work: () => Promise.reject(new Error('a bug')),
  },
  'work throws after a statement': undone(() => Promise.reject(new Error('a bug'))),
  'a statement takes too long': undone(({ session }) => sleep(session.rows, 60)),
  'a client loses patience': {
    ...undone(({ session }) => sleep(session.rows, 2)),
    patientServer: true,
  },
  'a query is cancelled': undone(scene => disturbAsleep(scene, 'pg_cancel_backend')),
  'a backend is killed in the middle of a statement': undone(scene =>
    disturbAsleep(scene, 'pg_terminate_backend'),
  ),
  'a backend is killed between two statements': undone(async ({ session, look, superuser }) => {
    await superuser.query('SELECT pg_terminate_backend($1, 5000)', [await backend(session.rows)])
    await look()
  }),
  'a backend is killed on its way to COMMIT': {
    keeps: null,
    async work({ session, look, write, superuser }) {
      await look()
      await write()
      void superuser.query('SELECT pg_terminate_backend($1)', [await backend(session.rows)]).catch(() => {})
    },
  },
  'nobody waits for a statement': undone(async ({ look }) => {
    look().catch(() => {})
  }),
  'nobody waits for a statement that fails': undone(async ({ session }) => {
    void session.rows('SELECT 1/0', [])
  }),
  'work goes on after it has returned': undone(async ({ look, write }) => {
    const goOn = async () => {
      for (;;) {
        await look()
        await write()
      }
    }
    goOn().catch(() => {})
  }),
  'work goes on after it has thrown': undone(({ look }) => {
    const goOn = async () => {
      for (;;) await look()
    }
    goOn().catch(() => {})
    return Promise.reject(new Error('a bug'))
  }),
  'two statements at once': undone(({ look }) => Promise.all([look(), look()])),
  'work ends its own transaction': undone(async ({ session, look }) => {
    await session.rows('ROLLBACK', [])
    await look()
  }),
  'a COMMIT fails': undone(async ({ session }) => {
    // Of storm.ts: a constraint that is checked at the end of the transaction.
    await session.rows('INSERT INTO public.checked_late VALUES (1), (1)', [])
  }),
}

function undone(goWrong: (scene: Scene) => Promise<unknown>): Mishap {
  return {
    keeps: false,
    async work(scene) {
      await scene.look()
      await scene.write()
      return await goWrong(scene)
    },
  }
}

function sleep(rows: RunStatement, seconds: number): Promise<unknown> {
  return rows('SELECT pg_sleep($1)', [seconds])
}

async function backend(rows: RunStatement): Promise<number> {
  return (await rows<{ pid: number }>('SELECT pg_backend_pid() AS pid', []))[0]!.pid
}

/** Falls asleep in a statement, and is disturbed unless the server was faster. */
async function disturbAsleep(
  { session, superuser }: Scene,
  disturb: 'pg_cancel_backend' | 'pg_terminate_backend',
): Promise<void> {
  const pid = await backend(session.rows)
  let awake = false
  const sleeping = sleep(session.rows, 60).finally(() => {
    awake = true
  })
  const disturbed = until('it sleeps, or is awake again', async () => {
    const found = await superuser.query(
      `SELECT ${disturb}(pid) FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'`,
      [pid],
    )
    return awake || found.rowCount === 1
  })
  await Promise.all([sleeping, disturbed])
}
