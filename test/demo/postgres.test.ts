import { readdir } from 'node:fs/promises'
import pg from 'pg'
import t from 'tap'
import { freePort } from '../../src/demo/free-port.ts'
import { startPostgres } from '../../src/demo/postgres.ts'

const noProgress = () => {}

t.test(
  'an embedded Postgres takes its password only, on loopback only, and leaves nothing behind',
  async t => {
    const directory = '/tmp'
    const before = new Set(await readdir(directory))
    const { url, close } = await startPostgres({ databaseUrl: undefined, directory, progress: noProgress })
    const client = new pg.Client({ connectionString: url })
    client.on('error', noProgress)
    await client.connect()
    const asked = await client.query(
      `SELECT current_setting('listen_addresses') AS hosts, current_setting('data_directory') AS data, rolsuper
       FROM pg_roles WHERE rolname = current_user`,
    )
    const [row] = asked.rows
    t.match(row, { hosts: '127.0.0.1', rolsuper: true })
    await client.end()

    const wrong = new URL(url)
    wrong.password = 'another'
    await t.rejects(
      startPostgres({ databaseUrl: wrong.href, progress: noProgress }),
      /password authentication failed/,
    )

    await close()
    await t.rejects(startPostgres({ databaseUrl: url, progress: noProgress }), /ECONNREFUSED/)
    const own = String(row.data).split('/')[2]!
    t.notOk(before.has(own))
    t.notOk((await readdir(directory)).includes(own))
  },
)

t.test('a Postgres that is given is used and left alone', async t => {
  const given = process.env.DATABASE_URL!
  const told: string[] = []
  const { url, close } = await startPostgres({ databaseUrl: given, progress: line => told.push(line) })
  t.equal(url, given)
  t.match(told, [/\(DATABASE_URL\)$/])
  t.notMatch(told[0], new URL(given).password)
  await close()
  await (await startPostgres({ databaseUrl: given, progress: noProgress })).close()
})

t.test('a Postgres that cannot be reached is named with what to do, without its password', async t => {
  const port = await freePort()
  const databaseUrl = `postgres://someone:hidden-word@127.0.0.1:${port}/records`
  const error: Error = await startPostgres({ databaseUrl, progress: noProgress }).then(
    () => new Error('it started'),
    reason => reason,
  )
  t.match(error.message, `Postgres at 127.0.0.1:${port}/records (DATABASE_URL) cannot be used: `)
  t.match(error.message, 'unset it')
  t.notMatch(error.message, 'hidden-word')
  await t.rejects(startPostgres({ databaseUrl: 'nonsense', progress: noProgress }), /DATABASE_URL is no URL/)
})
