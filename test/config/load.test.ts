import t from 'tap'
import { loadConfig } from '../../src/config/load.ts'
import {
  configText,
  controlConfig,
  controlSections,
  load,
  mistakesOf,
  proxyConfig,
} from '../support/config-text.ts'

t.test('the least configuration of a sidecar gets every default', async t => {
  const config = proxyConfig(configText({}))
  t.same(config.listen.admin, { host: '127.0.0.1', port: 8082 })
  t.equal(config.assertion.issuer, 'postern:notes')
  t.equal(config.redis, null)
  t.same(config.modes, {
    authenticate: 'enforce',
    identifyTenant: 'enforce',
    authorize: 'enforce',
    throttle: 'enforce',
  })
  t.same(config.issuers[0]!.algorithms, ['RS256'])
})

t.test('the least configuration of a control plane gets every default', async t => {
  const config = controlConfig(configText({}, controlSections))
  t.same(config.listen, { host: '0.0.0.0', port: 8090 })
  t.equal(config.documents.issuer, 'postern-control')
  t.equal(config.owner, null)
})

t.test('origins are written as browsers send them, and neither they nor fields are wildcards', async t => {
  const mistakes = (origin: string) => mistakesOf(configText({ cors: `cors: { origins: ["${origin}"] }` }))
  for (const origin of ['https://app.example', 'http://localhost:3000', 'https://[::1]:8443'])
    t.same(mistakes(origin), [], origin)
  for (const origin of [
    '*',
    'null',
    'app.example',
    'https://*.example',
    'https://app.example/',
    'https://app.example/path',
    'https://app.example:443',
    'HTTPS://app.example',
    'https://App.example',
    'https://user@app.example',
    'file:///',
    'wss://app.example',
  ])
    t.match(mistakes(origin), [/expected an origin as browsers send it/], origin)
  for (const list of ['requestFields', 'responseFields'])
    t.match(mistakesOf(configText({ cors: `cors: { ${list}: ["*"] }` })), [/there are no wildcards/], list)
})

t.test('a configuration is frozen through and through', async t => {
  const config = proxyConfig(configText({}))
  t.ok(Object.isFrozen(config))
  t.ok(Object.isFrozen(config.routes[0]!.selectors.tenant))
  t.throws(() => {
    ;(config.bounds as { headerCount: number }).headerCount = 1
  }, TypeError)
})

t.test('every mistake is reported at once, each with its line and column', async t => {
  const text = [
    'kind: proxy', //                          1
    'servce: { name: notes }', //              2
    'listen:', //                              3
    '  admin: { host: 0.0.0.0 }', //           4
    '  traffic: { port: 8081 }', //            5
    'upstream:', //                            6
    '  url: ftp://127.0.0.1', //               7
    'control:', //                             8
    '  url: http://127.0.0.1', //              9
    '  tokenFile: absent', //                  10
    '  timeoutMs: -1', //                      11
    'issuers: []', //                          12
    'routes:', //                              13
    '  - match: GET notes', //                 14
    '  - match: GET /notes', //                15
    '    permission: ${UNSET}', //             16
    'bounds:', //                              17
    '  headerCount: many', //                  18
  ].join('\n')
  t.same(mistakesOf(text), [
    '1:1 service: expected a map of keys, and it is missing',
    '2:1 servce: expected a known key; did you mean service?',
    '4:3 listen.metrics.port: expected another port than that of listen.traffic',
    '4:18 listen.admin.host: expected a loopback address, such as 127.0.0.1',
    '7:8 upstream.url: expected an http or https URL without user, password or fragment',
    '11:14 control.timeoutMs: expected a number of at least 1',
    '12:10 issuers: expected at least 1 entries',
    '14:12 routes[0].match: expected a path of plain segments and whole {parameter} segments, a {tail...} at the end at most, ' +
      'each name once, none empty, encoded, "." or "..", without query',
    '16:17 expected the environment variable UNSET to be set, or a default for it',
    '18:16 bounds.headerCount: expected a number',
  ])
})

t.test('a secret file that cannot be read is reported beside mistakes elsewhere', async t => {
  t.same(mistakesOf(configText({ log: 'log: { level: loud }' }), {}, {}), [
    '8:14 control.tokenFile: expected a file that can be read; it is looked for beside the configuration file',
    '17:15 log.level: expected one of debug, info, warn, error',
  ])
})

t.test('a file of neither kind is refused', async t => {
  t.same(mistakesOf('kind: proxi\n'), ['1:7 kind: expected kind: proxy or kind: control'])
  t.same(mistakesOf('service: {}\n'), ['1:1 kind: expected kind: proxy or kind: control'])
  t.same(mistakesOf('- a\n'), ['1:1 kind: expected kind: proxy or kind: control'])
  t.same(mistakesOf(''), ['1:1 kind: expected kind: proxy or kind: control'])
})

t.test('no value of the file or of the environment is ever repeated in a mistake or a warning', async t => {
  const secret = 'hunter2-S3cr3t'
  const warnings: string[] = []
  const listen = (warning: Error) => void warnings.push(warning.message)
  process.on('warning', listen)
  t.teardown(() => process.off('warning', listen))
  const places = [
    configText({ control: `control:\n  url: ${secret}\n  tokenFile: ${secret}` }),
    configText({ redis: `redis:\n  url: redos://user:${secret}@host\n  passwordFile: ${secret}` }),
    configText({ redis: `redis: ${secret}` }),
    configText({ redis: `redis:\n  ${secret}: 1` }),
    configText({ [secret]: `${secret}: 1` }),
    configText({ log: `log:\n  level: ${secret}` }),
    configText({ bounds: `bounds:\n  headerCount: ${secret}` }),
    configText({
      issuers: `issuers:\n  - issuer: ${secret}\n    algorithms: [${secret}]\n    audiences: ["${secret}'"]`,
    }),
    configText({
      routes: `routes:\n  - match: GET /${secret}%\n  - match: ${secret}\n  - isolation: ${secret}`,
    }),
    configText({ control: 'control:\n  url: ${SECRET}\n  tokenFile: token' }),
    `kind: proxy\nbroken: [${secret}\n`,
    `kind: proxy\nbroken: *${secret}\n`,
    `kind: proxy\n? [${secret}]\n: 1\n`,
    `kind: proxy\nbroken: !!${secret} 1\n`,
    `kind: proxy\nbroken: "\\q${secret}"\n`,
    `kind: proxy\n${secret}: 1\n${secret}: 2\n`,
  ]
  for (const text of places) {
    const mistakes = mistakesOf(text, { SECRET: secret }, {})
    t.ok(mistakes.length > 0)
    t.notMatch(mistakes.join('\n'), /hunter2|S3cr3t/i)
  }
  await new Promise(resolve => setImmediate(resolve))
  t.same(warnings, [])
})

t.test('an unset variable is reported once, not again for what follows from it', async t => {
  const text = configText({ upstream: 'upstream:\n  url: ${UPSTREAM}' })
  t.same(mistakesOf(text), ['5:8 expected the environment variable UPSTREAM to be set, or a default for it'])
})

t.test('stages that do not enforce are warned of, with their lines', async t => {
  const loaded = load(
    configText({
      modes: 'modes:\n  throttle: shadow',
      routes:
        'routes:\n  - match: GET /notes\n    permission: notes:read\n    isolation: assertion\n    modes: { authorize: off }',
    }),
  )
  t.ok('warnings' in loaded)
  if (!('warnings' in loaded)) return
  t.same(
    loaded.warnings.map(({ line, path, expected }) => [line, path, expected]),
    [
      [17, 'routes[0].modes.authorize', 'authorize is not enforced here (off)'],
      [19, 'modes.throttle', 'throttle is not enforced on any route (shadow)'],
    ],
  )
})

t.test('a control plane without Redis is warned that it tells nobody of changes', async t => {
  for (const redis of ['redis: null', 'redis:\n  url: ${REDIS_URL:-}']) {
    const loaded = load(configText({ redis }, controlSections))
    const paths = 'warnings' in loaded ? loaded.warnings.map(({ path }) => path) : []
    t.ok(paths.includes('redis'), redis)
  }
})

t.test('telling a batch of changes has to end before its transaction does', async t => {
  const postgres = 'postgres:\n  url: postgres://runtime@127.0.0.1/postern\n  statementTimeoutMs: 500'
  for (const [publishTimeoutMs, mistakes] of [
    [499, 0],
    [500, 1],
  ] as const) {
    const relay = `relay: { publishTimeoutMs: ${publishTimeoutMs} }`
    t.equal(mistakesOf(configText({ postgres, relay }, controlSections)).length, mistakes)
  }
})

t.test('a key named __proto__ changes nothing and is reported', async t => {
  const mistakes = mistakesOf(configText({ bounds: 'bounds:\n  __proto__: { headerCount: 1 }' }))
  t.equal(mistakes.length, 1)
  t.match(mistakes[0], /^18:3 bounds\.\(a key\): expected a known key/)
})

t.test(
  'secret files are looked for beside the configuration file, and lose only the last newline',
  async t => {
    const asked: string[] = []
    const loaded = loadConfig(configText({}), '/srv/a/config.yaml', {}, path => {
      asked.push(path)
      return 'line one\nline two\r\n'
    })
    t.same(asked, ['/srv/a/token'])
    t.ok(
      'config' in loaded &&
        loaded.config.kind === 'proxy' &&
        loaded.config.control.token === 'line one\nline two',
    )
  },
)

t.test('an empty secret file is a mistake', async t => {
  t.same(mistakesOf(configText({}), {}, { '/etc/postern/token': '\n' }), [
    '8:14 control.tokenFile: expected a file with a secret of 1 to 65536 bytes',
  ])
})

t.test('stores and the signing key take their secrets from files', async t => {
  const config = controlConfig(
    configText(
      {
        postgres: 'postgres:\n  url: postgres://runtime@127.0.0.1/postern\n  passwordFile: password',
        owner: 'owner:\n  url: postgres://owner@127.0.0.1/postern\n  passwordFile: password',
        redis: 'redis:\n  url: redis://127.0.0.1\n  usernameFile: token\n  passwordFile: password',
        documents: 'documents:\n  signingKeyFile: token',
      },
      controlSections,
    ),
  )
  t.equal(config.postgres.password, 'a-password-for-tests')
  t.equal(config.owner?.password, 'a-password-for-tests')
  t.same([config.redis?.username, config.redis?.password], ['a-token-for-tests', 'a-password-for-tests'])
  t.equal(config.documents.signingKey, 'a-token-for-tests')
})

t.test('a Redis without an address is no Redis', async t => {
  t.equal(proxyConfig(configText({ redis: 'redis:\n  url: ${REDIS:-}' })).redis, null)
  t.equal(
    proxyConfig(configText({ redis: 'redis:\n  url: ${REDIS:-}' }), { REDIS: 'redis://h' }).redis?.url,
    'redis://h',
  )
})

t.test(
  'connections of one address are bounded, and by nothing of their own where proxies open them',
  async t => {
    const perAddress = (bounds: string) => proxyConfig(configText({ bounds: `bounds: {${bounds}}` })).bounds
    t.match(perAddress(''), { connections: 10_000, connectionsPerAddress: 1000 })
    t.match(perAddress('trustedHops: 1, connections: 50'), { connectionsPerAddress: 50 })
    t.match(perAddress('trustedHops: 1, connectionsPerAddress: 7'), { connectionsPerAddress: 7 })
  },
)
