import t from 'tap'
import { parseSource } from '../../src/config/source.ts'

const parse = (text: string, env: Readonly<Record<string, string>> = {}) => parseSource(text, 'f', env)

t.test('what is not YAML is reported with its line, in our own words', async t => {
  const cases: [string, string, RegExp][] = [
    ['a key twice', 'a: 1\nb: 2\na: 3\n', /^f:3:1 expected each key once/],
    ['a tab', 'a:\n\tb: 1\n', /^f:2:\d+ expected/],
    ['an open list', 'a: [1\nb: 2\n', /^f:\d:\d+ expected/],
    ['an unknown alias', 'a: *b\n', /^f:1:4 expected an alias/],
    ['a second document', 'a: 1\n---\nb: 1\n', /^f:2:1 expected one document/],
  ]
  for (const [name, text, wanted] of cases) {
    const { mistakes, readable } = parse(text)
    t.equal(readable, false, name)
    const { file, line, column, expected } = mistakes[0]!
    t.match(`${file}:${line}:${column} ${expected}`, wanted, name)
  }
})

t.test('a file that would be large is not read', async t => {
  t.match(parse(`a: ${'x'.repeat(1_048_576)}\n`), { readable: false, mistakes: [{ line: 1 }] })
})

t.test('aliases that multiply are refused', async t => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
  for (let n = 1; n < 8; n += 1) lines.push(`a${n}: &a${n} [${`*a${n - 1},`.repeat(10)}]`)
  t.match(parse(`${lines.join('\n')}\n`), { readable: false, mistakes: [{ expected: /aliases/ }] })
})

t.test('an alias repeats a part, and a mistake in it is found where it was written', async t => {
  const source = parse('a: &part\n  b: 1\nc: *part\n')
  t.same(source.value, { a: { b: 1 }, c: { b: 1 } })
  t.match(source.mistake(['c', 'b'], 'x'), { line: 2, column: 6, path: 'c.b' })
})

t.test('an unquoted variable can become any scalar, a quoted one stays a string', async t => {
  const { value } = parse('a: ${N}\nb: "${N}"\nc: ${T}\nd: ${E:-}\ne: x${N}\n', { N: '8080', T: 'true' })
  t.same(value, { a: 8080, b: '8080', c: true, d: null, e: 'x8080' })
})

t.test('a variable never becomes structure, a key or another variable', async t => {
  const { value } = parse('a: ${X}\n${K}: 1\n', { X: '{ b: 1 }\nc: ${Y} # d', K: 'key', Y: 'no' })
  t.same(value, { a: '{ b: 1 }\nc: ${Y} # d', '${K}': 1 })
})

t.test('what is missing is located at the part that would hold it, what is empty at its key', async t => {
  const source = parse('top:\n  empty:\n  list:\n    - one\n')
  t.match(source.mistake(['top', 'absent'], 'x'), { line: 2, column: 3, path: 'top.absent' })
  t.match(source.mistake(['top', 'empty'], 'x'), { line: 2, column: 3 })
  t.match(source.mistake(['top', 'list', 0], 'x'), { line: 4, column: 7, path: 'top.list[0]' })
  t.match(source.mistake(['top'], 'x', 'list'), { line: 3, column: 3, path: 'top.list' })
})
