import t from 'tap'
import type { Clock } from '../../../../src/lib/clock.ts'
import { takeTurn } from '../../../../src/store/postgres/migrating/turn.ts'
import { createEmptyDatabase, withClient } from '../../../support/database.ts'
import { createManualClock } from '../../../support/manual-clock.ts'

const { ownerUrl } = await createEmptyDatabase(t)

/** Every pause is over at once, by this clock. */
function createHastyClock(onPause: (ms: number) => Promise<void> = async () => {}): Clock {
  const clock = createManualClock(0)
  return {
    ...clock,
    after: (ms, task) => {
      const cancel = clock.after(ms, task)
      void onPause(ms).then(() => clock.advance(ms))
      return cancel
    },
  }
}

t.test(
  'the first migrator does not wait, the second one waits until the session of the first ends',
  async t => {
    const lines: string[] = []
    const log = { info: (_fields: unknown, line: string) => lines.push(line) }
    await withClient(ownerUrl, async first => {
      await takeTurn(first, { turnMs: 1000, clock: createHastyClock(), log })
      t.same(lines, [])
      await withClient(ownerUrl, async second => {
        let pauses = 0
        const clock = createHastyClock(async () => {
          pauses += 1
          if (pauses === 3) await first.end()
        })
        await takeTurn(second, { turnMs: 600_000, clock, log })
        t.ok(pauses >= 3)
      })
    })
    t.same(lines, ['waiting for another migrator of this database'], 'told once')
  },
)

t.test('a migrator that never gets its turn gives up and says so', async t => {
  const log = { info: () => {} }
  await withClient(ownerUrl, async first => {
    await takeTurn(first, { turnMs: 1000, clock: createHastyClock(), log })
    await withClient(ownerUrl, async second => {
      const attempt = takeTurn(second, { turnMs: 5000, clock: createHastyClock(), log })
      await t.rejects(attempt, /another migrator of this database was still at work after 5 s/)
    })
  })
})

t.test('who waits for its turn holds no snapshot, which building an index would wait for', async t => {
  await withClient(ownerUrl, async first => {
    await takeTurn(first, { turnMs: 1000, clock: createHastyClock(), log: { info() {} } })
    await withClient(ownerUrl, async second => {
      let backends: unknown[] = []
      const clock = createHastyClock(async () => {
        const found = await first.query(
          'SELECT state, backend_xmin FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
        )
        backends = found.rows
        await first.query('SELECT pg_advisory_unlock_all()')
      })
      await takeTurn(second, { turnMs: 5000, clock, log: { info() {} } })
      t.same(backends, [{ state: 'idle', backend_xmin: null }])
    })
  })
})
