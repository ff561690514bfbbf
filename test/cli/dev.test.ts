import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import { call, openCall } from '../support/caller.ts'
import type { Finished } from '../support/command.ts'
import { postern } from '../support/command.ts'
import { createEmptyDatabase } from '../support/database.ts'
import { closedPort } from '../support/raw-peer.ts'
import { startOwnRedis } from '../support/redis.ts'
import { until } from '../support/until.ts'

type State = Readonly<Record<string, string | null>>

type Demo = {
  readonly state: State
  readonly traffic: string
  readonly directory: string
  readonly token: (tenant: string, user: string) => Promise<string>
  /** Signals it, and answers how it ended. */
  readonly stop: (signal: NodeJS.Signals) => Promise<Finished>
}

type DemoOptions = { readonly env: Readonly<Record<string, string>>; readonly args?: readonly string[] }

/** A demo as a user would start it, up when its state file is there. */
async function startDev(t: Test, { env, args = ['--json'] }: DemoOptions): Promise<Demo> {
  const directory = t.testdir({})
  const stateFile = join(directory, '.postern', 'dev.json')
  let child: ChildProcess | null = null
  let ended = false
  const onStart = (started: ChildProcess) => {
    child = started
  }
  const finished = postern(['dev', ...args], { directory, env, onStart }).finally(() => {
    ended = true
  })
  t.teardown(async () => {
    if (!ended) child?.kill('SIGKILL')
    await finished
  })
  const text = await until('the demo is up', async () => {
    if (ended) throw new Error((await finished).err)
    return contentOf(stateFile)
  })
  const state = JSON.parse(text) as State
  return {
    state,
    traffic: state.traffic!,
    directory,
    token: async (tenant, user) => {
      const { code, out, err } = await postern(['token', '--tenant', tenant, '--user', user], { directory })
      if (code !== 0) throw new Error(err)
      return out.trimEnd()
    },
    stop: signal => {
      child!.kill(signal)
      return finished
    },
  }
}

function contentOf(file: string): string | null {
  try {
    const text = readFileSync(file, 'utf8')
    return text.endsWith('\n') ? text : null
  } catch {
    return null
  }
}

async function isListening(origin: string): Promise<boolean> {
  const { hostname, port } = new URL(origin)
  const socket = connect(Number(port), hostname)
  const open = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'error').then(() => false),
  ]).catch(() => false)
  socket.destroy()
  return open
}

/** What a client sees, which must be the same whatever a tenant that is not its own is called. */
function shown({ text, json, status }: Awaited<ReturnType<typeof call>>): string {
  return `${status} ${text.replace(String(json.request_id), '')}`
}

t.test('one line of JSON names everything, and what it prints for curl does what it says', async t => {
  const database = await createEmptyDatabase(t)
  const redis = await startOwnRedis(t)
  const demo = await startDev(t, { env: { DATABASE_URL: database.ownerUrl, REDIS_URL: redis.url } })
  const { traffic, state } = demo

  await t.test('a token stands alone, and its user is let through', async t => {
    const asked = await postern(['token', '--tenant', 'acme', '--user', 'member'], {
      directory: demo.directory,
    })
    t.match(asked, { code: 0, out: /^[\w-]+\.[\w-]+\.[\w-]+\n$/, err: '' })
    const answer = await call(traffic, '/whoami', { token: asked.out.trimEnd() })
    t.match(answer, { status: 200, json: { 'x-qlp-tenant-id': /^[0-9a-f-]{36}$/, 'x-qlp-roles': 'member' } })
  })

  await t.test('a guest is refused for its role', async t => {
    const token = await demo.token('acme', 'guest')
    const made = { token, method: 'POST', body: '{"text":"hi"}' }
    t.match(await call(traffic, '/notes', made), { status: 403, json: { code: 'PERMISSION_MISSING' } })
  })

  await t.test('another tenant’s notes are refused, as those of no tenant are', async t => {
    const token = await demo.token('acme', 'member')
    const foreign = await call(traffic, '/tenants/globex/notes', { token })
    t.match(foreign, { status: 403, json: { code: 'CROSS_TENANT' } })
    t.equal(shown(await call(traffic, '/tenants/no-such-tenant/notes', { token })), shown(foreign))
  })

  await t.test('the free plan has sixty requests a minute, and then is told how long to wait', async t => {
    const token = await demo.token('globex', 'owner')
    const answers = []
    for (let count = 0; count < 61; count += 1) answers.push(await call(traffic, '/whoami', { token }))
    t.same(new Set(answers.slice(0, 60).map(({ status }) => status)), new Set([200]))
    const refused = answers[60]!
    t.match(refused, { status: 429, json: { code: 'RATE_LIMITED' } })
    const wait = Number(refused.headers['retry-after'])
    t.ok(wait >= 1 && wait <= 60, `Retry-After: ${wait}`)
    t.match(refused.headers['ratelimit-policy'], /"[^"]+";q=60;w=60/)
    t.match(refused.headers.ratelimit, /"[^"]+";r=0;t=\d+/)
  })

  await t.test('it ends with 0 on Ctrl-C, and nothing that it started survives', async t => {
    const { code, out } = await demo.stop('SIGINT')
    t.equal(code, 0)
    t.same(JSON.parse(out), state)
    t.equal(out.split('\n').length, 2, 'one line')
    t.same(Object.keys(state).sort(), [
      'admin',
      'control',
      'database',
      'issuer',
      'metrics',
      'redis',
      'tokenEndpoint',
      'traffic',
      'upstream',
    ])
    t.equal(state.redis, redis.url)
    const given = new URL(database.ownerUrl)
    given.password = ''
    t.equal(state.database, given.href, 'the password of a database that was given is not shown')
    for (const name of ['traffic', 'metrics', 'admin', 'control', 'issuer', 'upstream'] as const) {
      t.notOk(await isListening(state[name]!), name)
    }
    t.equal(contentOf(join(demo.directory, '.postern', 'dev.json')), null)
    const asked = await postern(['token', '--tenant', 'acme', '--user', 'member'], {
      directory: demo.directory,
    })
    t.match(asked, { code: 1, err: /no demo is running here/ })
  })
})

t.test('without a Redis the stand-in is announced, and limits hold all the same', async t => {
  const env = { DATABASE_URL: (await createEmptyDatabase(t)).ownerUrl, PATH: t.testdirName }
  const demo = await startDev(t, { env })
  t.equal(demo.state.redis, null)
  const token = await demo.token('globex', 'owner')
  const statuses = []
  for (let count = 0; count < 62; count += 1) {
    statuses.push((await call(demo.traffic, '/whoami', { token })).status)
  }
  t.same(statuses, [...Array(60).fill(200), 429, 429])
  const { code, err } = await demo.stop('SIGTERM')
  t.equal(code, 0)
  t.match(err, /no REDIS_URL and no redis-server on PATH: an in-process stand-in/)
})

t.test('--upstream puts the sidecar in front of another service', async t => {
  const service = createServer((request, response) => response.end(`told ${request.headers['x-qlp-roles']}`))
  service.listen(0, '127.0.0.1')
  await once(service, 'listening')
  t.teardown(() => service.close())
  const upstream = `http://127.0.0.1:${(service.address() as AddressInfo).port}`
  const env = { DATABASE_URL: (await createEmptyDatabase(t)).ownerUrl, PATH: t.testdirName }
  const demo = await startDev(t, { env, args: ['--upstream', upstream] })
  t.equal(demo.state.upstream, upstream)
  const token = await demo.token('acme', 'owner')
  t.match(await call(demo.traffic, '/whoami', { token }), { status: 200, text: 'told owner' })
  service.closeAllConnections()
  const { code, out } = await demo.stop('SIGINT')
  t.equal(code, 0)
  t.match(out, `curl -i ${demo.traffic}/whoami`, 'the guide')
})

t.test('a stream that is open when it is told to stop is ended, and the code is 0', async t => {
  const env = { DATABASE_URL: (await createEmptyDatabase(t)).ownerUrl, PATH: t.testdirName }
  const demo = await startDev(t, { env })
  const stream = await openCall(demo.traffic, '/events', { token: await demo.token('acme', 'member') })
  await once(stream, 'data')
  const closed = new Promise<void>(resolve => stream.resume().once('close', resolve))
  t.match(await demo.stop('SIGTERM'), { code: 0 })
  await closed
})

t.test('a store that cannot be reached is named with what to do, and the code is 1', async t => {
  const port = await closedPort()
  const database = { DATABASE_URL: `postgres://someone:a-password@127.0.0.1:${port}/none` }
  const noDatabase = await postern(['dev'], { directory: t.testdir({}), env: database })
  t.match(noDatabase, { code: 1, out: '' })
  t.match(noDatabase.err, `Postgres at 127.0.0.1:${port}/none (DATABASE_URL) cannot be used`)
  t.match(noDatabase.err, 'or unset it to start an embedded Postgres')
  t.notMatch(noDatabase.err, 'a-password')

  const redis = { REDIS_URL: `redis://127.0.0.1:${port}/0`, DATABASE_URL: process.env.DATABASE_URL! }
  const noRedis = await postern(['dev'], { directory: t.testdir({}), env: redis })
  t.match(noRedis, { code: 1, out: '' })
  t.match(noRedis.err, `Redis at 127.0.0.1:${port} (REDIS_URL) cannot be used`)
})

t.test('an upstream that is no origin is refused before anything starts, with 64', async t => {
  const { code, out, err } = await postern(['dev', '--upstream', 'http://127.0.0.1:8000/path'])
  t.same([code, out], [64, ''])
  t.match(err, '--upstream expects a URL without a path')
})
