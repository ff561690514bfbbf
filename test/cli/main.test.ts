import { readFileSync } from 'node:fs'
import t from 'tap'
import { commands } from '../../src/cli/commands.ts'
import { postern } from '../support/command.ts'

t.test('the help lists every command', async t => {
  for (const args of [['--help'], ['help'], ['-h']]) {
    const { code, out, err } = await postern(args)
    t.equal(code, 0)
    t.equal(err, '')
    for (const name of commands.keys()) t.match(out, new RegExp(`^  ${name} `, 'm'))
  }
})

t.test('the version is that of the package', async t => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  t.match(await postern(['--version']), { code: 0, out: `${version}\n` })
})

t.test('a command explains itself with examples', async t => {
  for (const args of [
    ['check', '--help'],
    ['help', 'check'],
  ]) {
    const { code, out } = await postern(args)
    t.equal(code, 0)
    t.match(out, /Usage: postern check/)
    t.match(out, /Examples:\n {2}postern check /)
  }
})

t.test('a command line that is wrong exits with 64 and says what to type', async t => {
  const cases: [string[], RegExp][] = [
    [[], /a command is missing\nType: postern help\n$/],
    [['chek'], /no command chek; did you mean check\?\nType: postern help\n$/],
    [['constructor'], /no command constructor\n/],
    [['help', 'prxy'], /did you mean proxy\?/],
    [
      ['check', '--without-secret', 'a'],
      /no option --without-secret; did you mean --without-secrets\?\nType: postern help check/,
    ],
    [['check'], /an argument is missing/],
    [['check', 'a', 'b'], /too many arguments/],
    [['proxy'], /--config FILE is missing/],
    [['proxy', '--config'], /argument missing/],
    [['control'], /--config FILE is missing/],
    [['token', '--tenant', 'acme'], /--tenant and --user are both needed/],
    [['token', '--tenant', 'acme', '--user', 'member', '--issuer', 'no url'], /expects the URL/],
    [['migrate'], /expected --config FILE, --url/],
    [['migrate', 'down'], /takes nothing or status/],
    [['migrate', '--config', 'a', '--url', 'b'], /exclude each other/],
  ]
  const results = await Promise.all(cases.map(([args]) => postern(args)))
  for (const [index, [args, wanted]] of cases.entries()) {
    const { code, out, err } = results[index]!
    t.equal(code, 64, args.join(' '))
    t.equal(out, '')
    t.match(err, wanted)
  }
})
