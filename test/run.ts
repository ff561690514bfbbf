import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { startPostgres } from '../src/demo/postgres.ts'
import { startRedis } from '../src/demo/redis.ts'
import { installPgbouncer } from './support/install-pgbouncer.ts'
import { installRedis } from './support/install-redis.ts'
import { installWebServers } from './support/install-web-servers.ts'
import type { TestCounts } from './support/tap-summary.ts'
import { createTapSummary } from './support/tap-summary.ts'

/**
 * What `npm test [-- files…]` runs: the checks of `npm run check` unless files are named, then the tests, with a Postgres and
 * a Redis of their own. Its last line says how many tests passed, failed and were skipped.
 */
const root = fileURLToPath(new URL('../', import.meta.url))
const slowestShown = 5

const stops: (() => Promise<void>)[] = []
const stopOnSignal = () => stopAll().finally(() => process.exit(1))
process.once('SIGINT', stopOnSignal)
process.once('SIGTERM', stopOnSignal)

try {
  process.exitCode = await run(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  console.log('\n0 passed, 1 failed, 0 skipped')
  process.exitCode = 1
} finally {
  await stopAll()
}

async function run(files: readonly string[]): Promise<number> {
  const checks = files.length === 0 ? await timed('checks', runChecks) : 0
  const env = await timed('stores', startStores)
  const { code, counts } = await timed('tests', () => runTests(files, env))
  for (const { name, ms } of counts.slowest.slice(0, slowestShown)) console.log(`  ${seconds(ms)} ${name}`)
  if (checks !== 0) console.log('The checks at the top failed: npm run check')
  // A run that broke before it could report a failure has failed once all the same.
  const untold = code !== 0 && counts.failed === 0 ? 1 : 0
  const failed = counts.failed + untold + (checks === 0 ? 0 : 1)
  console.log(`\n${counts.passed} passed, ${failed} failed, ${counts.skipped} skipped`)
  return failed === 0 ? 0 : 1
}

async function startStores(): Promise<NodeJS.ProcessEnv> {
  const { DATABASE_URL, REDIS_URL, PATH } = process.env
  const progress = console.log
  const postgres = await startPostgres({ databaseUrl: DATABASE_URL, progress })
  stops.push(postgres.close)
  if (REDIS_URL === undefined) installRedis(PATH, progress)
  installPgbouncer(progress)
  installWebServers(progress)
  const redis = await startRedis({ redisUrl: REDIS_URL, path: PATH, progress })
  stops.push(redis.close)
  return { ...process.env, DATABASE_URL: postgres.url, REDIS_URL: redis.url! }
}

async function runChecks(): Promise<number> {
  const [code] = await once(node(['test/check.ts'], process.env, 'inherit'), 'close')
  return code ?? 1
}

async function runTests(
  files: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ readonly code: number; readonly counts: TestCounts }> {
  const child = node(['node_modules/tap/dist/esm/run.mjs', '--reporter=tap', ...files], env, 'pipe')
  const summary = createTapSummary(line => console.log(line))
  createInterface({ input: child.stdout! }).on('line', summary.line)
  const [code] = await once(child, 'close')
  return { code: code ?? 1, counts: summary.end() }
}

function node(args: readonly string[], env: NodeJS.ProcessEnv, output: 'inherit' | 'pipe'): ChildProcess {
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', output, 'inherit'] })
  stops.push(async () => {
    child.kill('SIGTERM')
  })
  return child
}

async function timed<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  const startMs = performance.now()
  const result = await work()
  console.log(`${what}: ${seconds(performance.now() - startMs)}`)
  return result
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

/** The last started is stopped first. */
async function stopAll(): Promise<void> {
  for (let stop = stops.pop(); stop !== undefined; stop = stops.pop()) await stop()
}
