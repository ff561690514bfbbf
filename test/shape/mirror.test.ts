import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { sourceFiles } from '../support/source-files.ts'

const linesMax = 300

/** Sources whose behaviour shows only through another file, and the test of that one. Below src/ and test/. */
const coveredBy: Readonly<Record<string, string>> = {
  'access/access-memory.ts': 'access/directory.test.ts',
  'access/control-caller.ts': 'access/control-source.test.ts',
  'cli/command-line.ts': 'cli/main.test.ts',
  'cli/commands.ts': 'cli/main.test.ts',
  'cli/config-file.ts': 'cli/check.test.ts',
  'cli/exit.ts': 'cli/main.test.ts',
  'cli/help.ts': 'cli/main.test.ts',
  'cli/owned-database.ts': 'cli/operator.test.ts',
  'cli/unfit-schema.ts': 'cli/operator.test.ts',
  'control/wire-config.ts': 'cli/control.test.ts',
  'config/bounds-schema.ts': 'config/load.test.ts',
  'config/control-checks.ts': 'config/load.test.ts',
  'config/control-schema.ts': 'config/load.test.ts',
  'config/draft.ts': 'config/load.test.ts',
  'config/issuer-schema.ts': 'config/issuers.test.ts',
  'config/proxy-schema.ts': 'config/load.test.ts',
  'config/route-schema.ts': 'config/routes.test.ts',
  'config/secret-files.ts': 'config/load.test.ts',
  'config/settle.ts': 'config/load.test.ts',
  'config/store-schema.ts': 'config/load.test.ts',
  'config/tenancy-schema.ts': 'config/load.test.ts',
  'config/cors-schema.ts': 'config/load.test.ts',
  'config/values.ts': 'config/load.test.ts',
  'control/metrics.ts': 'control/server.test.ts',
  'control/plugins/authenticate.ts': 'control/wire.test.ts',
  'control/plugins/problems.ts': 'control/server.test.ts',
  'control/problem.ts': 'control/server.test.ts',
  'control/routes/access-documents.ts': 'control/wire.test.ts',
  'control/routes/health.ts': 'control/server.test.ts',
  'control/routes/keys.ts': 'control/wire.test.ts',
  'demo/free-port.ts': 'demo/redis.test.ts',
  'demo/identity-b2c.ts': 'demo/identity-provider.test.ts',
  'demo/identity-keys.ts': 'demo/identity-provider.test.ts',
  'demo/identity-service-accounts.ts': 'demo/identity-provider.test.ts',
  'demo/postgres-cluster.ts': 'demo/postgres.test.ts',
  'lib/clock.ts': 'lib/deadline.test.ts',
  'lib/expectation.ts': 'config/explain.test.ts',
  'lib/fault.ts': 'upstream/upstream-fault.test.ts',
  'lib/header-list.ts': 'proxy/service-fields.test.ts',
  'lib/refused.ts': 'http1/target.test.ts',
  'lib/violation.ts': 'store/postgres/violations.test.ts',
  'proxy/access-line.ts': 'proxy/stages/10-record.test.ts',
  'proxy/wire-control.ts': 'proxy/wire.test.ts',
  'proxy/wire-directory.ts': 'proxy/wire.test.ts',
  'proxy/wire-feed.ts': 'faults/changes.test.ts',
  'proxy/wire-tokens.ts': 'proxy/wire.test.ts',
  'proxy/verdict.ts': 'proxy/pipeline.test.ts',
  'store/postgres/migrating/compatibility.ts': 'store/postgres/schema-check.test.ts',
  'store/postgres/migrating/failure.ts': 'store/postgres/migrating/apply.test.ts',
  'store/postgres/pool.ts': 'store/postgres/transaction.test.ts',
  'store/postgres/queries/break-glass.ts': 'store/postgres/queries/access.test.ts',
  'store/postgres/queries/catalogue.ts': 'demo/seeds.test.ts',
  'store/postgres/queries/custom-roles.ts': 'store/postgres/queries/access.test.ts',
  'store/postgres/queries/limit-overrides.ts': 'store/postgres/queries/access.test.ts',
  'store/postgres/queries/memberships.ts': 'store/postgres/queries/access.test.ts',
  'store/postgres/queries/operators.ts': 'store/postgres/operators.test.ts',
  'store/postgres/queries/projects.ts': 'store/postgres/purge.test.ts',
  'store/postgres/queries/services.ts': 'store/postgres/queries/access.test.ts',
  'store/postgres/queries/tenants.ts': 'store/postgres/access-source.test.ts',
  'store/postgres/queries/users.ts': 'store/postgres/access-source.test.ts',
  'store/postgres/queries/workspaces.ts': 'store/postgres/purge.test.ts',
  'store/postgres/roles.ts': 'store/postgres/migrate.test.ts',
  'store/postgres/session.ts': 'store/postgres/transaction.test.ts',
  'tenant/setting-values.ts': 'tenant/settings.test.ts',
  'tenant/settings-kind.ts': 'tenant/settings.test.ts',
  'tenant/settings-mistake.ts': 'tenant/settings.test.ts',
  'upstream/farewell.ts': 'sockets/withdrawn.test.ts',
  'telemetry/address-metrics.ts': 'advisories/79-limit-counted-by-a-claimed-address.test.ts',
  'telemetry/socket-metrics.ts': 'advisories/86-websockets-for-anyone.test.ts',
  'telemetry/feed-metrics.ts': 'faults/changes.test.ts',
  'telemetry/buckets.ts': 'telemetry/request-metrics.test.ts',
}

const sources = sourceFiles('src')

/** Types alone do nothing that a test could see. */
function runs(text: string): boolean {
  return /^(export )?(const|let|class|function|async function)\b|^import '|^await /m.test(text)
}

function exists(path: string): boolean {
  return existsSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)))
}

t.test('every source that runs has a test of its own, or is known to be covered by another', async t => {
  const untested = sources
    .filter(({ text }) => runs(text))
    .map(({ path }) => path.slice('src/'.length))
    .filter(path => coveredBy[path] === undefined && !exists(`test/${path.replace(/\.ts$/, '.test.ts')}`))
  t.same(untested, [])
})

t.test('what is covered by another test exists, has none of its own, and names one that exists', async t => {
  for (const [source, test] of Object.entries(coveredBy)) {
    t.ok(exists(`src/${source}`), `src/${source} exists: else strike it off the list`)
    t.ok(exists(`test/${test}`), `test/${test}, which covers src/${source}, exists`)
    const own = source.replace(/\.ts$/, '.test.ts')
    t.notOk(exists(`test/${own}`), `test/${own} exists: strike src/${source} off the list`)
  }
})

t.test('no source is longer than can be read in one go', async t => {
  const long = sources
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
    .filter(({ lines }) => lines > linesMax)
  t.same(long, [])
})
