import { readFileSync } from 'node:fs'
import { issuersOf } from '../../../src/config/issuers.ts'
import { loadConfig } from '../../../src/config/load.ts'
import { formatMistake } from '../../../src/config/mistake.ts'
import { redactedConfig } from '../../../src/config/redact.ts'
import { routeRules } from '../../../src/config/routes.ts'
import { createRouteTable } from '../../../src/route/table.ts'
import { createVerifier } from '../../../src/token/verifier.ts'
import { configText, controlSections, proxySections, secretFiles } from '../../support/config-text.ts'
import { integerBelow } from '../../support/random.ts'
import type { Fuzzer, Random } from '../fuzzer.ts'
import { hold, isPlain } from '../fuzzer.ts'
import { chance, mutate, oneOf } from '../mutate.ts'

/**
 * Configuration files: each loads or is told what is wrong with it, in lines that repeat nothing it says; what loads can
 * be run with.
 */
export async function startConfigurations(): Promise<Fuzzer> {
  return { name: 'configurations', concurrency: 1, generate, check, close: async () => {} }
}

/** Stands for a password wherever it turns up: in the file, in a variable, in a secret file. */
const secret = 'hunter2hunter2'
const file = '/etc/postern/config.yaml'
const env = { SECRET: secret, PORT: '8080', EMPTY: '', STRUCTURE: '{ a: b }', YAML: `x: ${secret}\ny: [` }
const files: Readonly<Record<string, string>> = {
  ...secretFiles,
  '/etc/postern/secrets/control-token': secret,
  '/etc/postern/secret': `${secret}\n`,
}

function check(input: string): string {
  const loaded = loadConfig(input, file, env, path => {
    const content = Object.hasOwn(files, path) ? files[path] : undefined
    if (content === undefined) throw new Error(`ENOENT: ${path} ${secret}`)
    return content
  })
  if ('mistakes' in loaded) {
    hold(
      loaded.mistakes.length > 0 && loaded.mistakes.length <= Math.max(10, input.length),
      'there is a mistake, and no flood of them',
    )
    loaded.mistakes.map(formatMistake).forEach(checkLine)
    return 'mistakes'
  }
  const { config, warnings } = loaded
  warnings.map(formatMistake).forEach(checkLine)
  hold(Object.isFrozen(config), 'what loads is frozen')
  if (config.kind === 'control') return 'control'
  createRouteTable(routeRules(config))
  const keys = { find: () => null, holds: () => false }
  createVerifier({
    issuers: issuersOf(config.issuers).map(issuer => ({ issuer, keys })),
    denyList: {} as never,
    clock: {} as never,
    tokenLengthMax: 1,
  })
  hold(JSON.stringify(redactedConfig(config)).length > 0, 'what loads can be shown')
  return 'proxy'
}

function checkLine(line: string): void {
  hold(!line.includes('hunter2'), 'no mistake repeats a secret')
  hold(/^\/etc\/postern\/config\.yaml:[1-9][0-9]*:[1-9][0-9]* \S/.test(line), 'a mistake says where it is')
  hold(isPlain(line) && line.length < 1000, 'a mistake is one bounded, printable line')
}

const example = (name: string) =>
  readFileSync(new URL(`../../../config/examples/${name}`, import.meta.url), 'latin1')

const seeds = [
  configText({}),
  configText({}, controlSections),
  configText({ redis: 'redis:\n  url: redis://127.0.0.1\n  passwordFile: secret' }),
  configText({ bounds: 'bounds: &b\n  headerCount: 10\nlog: { level: info }' }),
  example('proxy.yaml').replace(/^ *#.*\n/gm, ''),
  example('control.yaml').replace(/^ *#.*\n/gm, ''),
]
const sections = [...new Set([proxySections, controlSections].flatMap(each => Object.values(each)))]

function generate(random: Random, corpus: readonly string[]): string {
  const from = corpus.length > 0 && chance(random, 0.3) ? oneOf(random, corpus) : oneOf(random, seeds)
  if (chance(random, 0.3)) return mutate(random, from, seeds, { words, lengthMax: 65_536 })
  const lines = from.split('\n')
  for (let count = 1 + integerBelow(random, 3); count > 0; count -= 1) changeLine(random, lines)
  return lines.join('\n')
}

/** Whole lines and values, so that what comes out is most often YAML still. */
function changeLine(random: Random, lines: string[]): void {
  const at = integerBelow(random, lines.length)
  const line = lines[at] ?? ''
  switch (integerBelow(random, 6)) {
    case 0:
      lines.splice(at, 1)
      return
    case 1:
      lines.splice(at, 0, line)
      return
    case 2:
      lines.splice(at, 0, `${/^ */.exec(line)![0]}${oneOf(random, words)}`)
      return
    case 3:
      lines.splice(integerBelow(random, lines.length), 0, oneOf(random, sections))
      return
    case 4:
      lines[at] = line.replace(/^( *)[^:]*:/, `$1${oneOf(random, keys)}:`)
      return
    default:
      lines[at] = line.replace(/(^ *- |: ?).*$/, (_, start: string) => start + oneOf(random, values))
  }
}

const keys = [
  ...[
    'kind',
    'service',
    'name',
    'upstream',
    'url',
    'control',
    'issuers',
    'issuer',
    'jwksUri',
    'audiences',
    'routes',
  ],
  ...[
    'match',
    'permission',
    'isolation',
    'public',
    'selectors',
    'tenant',
    'timeouts',
    'headersMs',
    'bounds',
    'modes',
  ],
  ...[
    'passwordFile',
    'tokenFile',
    'redis',
    'tenancy',
    'aliases',
    'reservedPrefix',
    'algorithms',
    'claims',
    'listen',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    '<<',
    '""',
    '? a',
    '[a]',
    '{a: b}',
    secret,
    `"${secret} b"`,
    '1',
    'null',
  ],
]

const values = [
  ...[
    'null',
    '~',
    'true',
    'no',
    '0',
    '-1',
    '1e9',
    '0x10',
    '.inf',
    '.nan',
    '9007199254740993',
    '8080',
    '""',
    "''",
    '[]',
    '{}',
  ],
  ...[
    '[[]]',
    '[null]',
    '{ a: 1 }',
    '${PORT}',
    '${EMPTY}',
    '${SECRET}',
    '${STRUCTURE}',
    '${YAML}',
    '${UNSET}',
    '${UNSET:-1}',
    '${',
    '$${',
  ],
  ...[
    secret,
    `"${secret}`,
    `[${secret}`,
    `{ ${secret}: ${secret} }`,
    `*${secret}`,
    `&${secret} a`,
    `!${secret} a`,
    `!!binary ${secret}`,
  ],
  ...[
    `http://u:${secret}@h/`,
    `redis://:${secret}@h`,
    `postgres://u:${secret}@h/d`,
    'http://[',
    'http://127.0.0.1',
    'https://h.example/',
  ],
  ...[
    'GET /',
    'GET /{a}',
    `GET /${secret} b`,
    'POST /{a}/{a}',
    'GET /..',
    'get /',
    'GET  /',
    'CONNECT /',
    'a:b',
    'X-QLP-',
    'x y',
  ],
  ...[
    'secret',
    'token',
    '../../etc/passwd',
    '/dev/zero',
    'a\0b',
    '|',
    '>',
    '- a',
    '*a',
    '&a [*a]',
    '&a {b: *a}',
    '\xe9',
    '\x85',
    '!!js/function a',
  ],
  `[${'[*a,*a,*a,*a,*a,*a,*a,*a,*a],'.repeat(30)}]`,
  '['.repeat(500),
  `${'{a: '.repeat(200)}1${'}'.repeat(200)}`,
  'a'.repeat(20_000),
]

const words = [
  ...values,
  ...keys.map(key => `${key}: `),
  ...[
    '\n',
    '\t',
    '---\n',
    '...\n',
    '%YAML 1.1\n',
    ': ',
    '- ',
    '#',
    '\r',
    '\ufeff'.slice(0, 0),
    '&a ',
    '*a',
    '<<: *a',
    '? ',
    '|\n',
    '!!set ',
  ],
  'a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c]\n',
]
