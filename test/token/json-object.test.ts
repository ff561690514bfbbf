import t from 'tap'
import { memberOf, parseJsonObject } from '../../src/token/json-object.ts'

t.test('an object is parsed as it is written', async t => {
  const text = '{"a":"1:2","b":[{"a":1},{"a":2}],"c":{"a":null},"d\\":\\"e":"\\\\"}'
  t.same(parseJsonObject(text), JSON.parse(text))
  t.same(parseJsonObject('{}'), {})
})

const ambiguous: readonly (readonly [string, string])[] = [
  ['a member twice', '{"a":1,"a":1}'],
  ['a member twice, once escaped', '{"a":1,"\\u0061":2}'],
  ['a member twice in a nested object', '{"a":{"b":1,"b":2}}'],
  ['a member twice in an object in a list', '{"a":[{"b":1,"b":2}]}'],
  ['__proto__ twice', '{"__proto__":1,"__proto__":2}'],
  ['a list', '[]'],
  ['a string', '"a"'],
  ['null', 'null'],
  ['nothing', ''],
  ['text after the object', '{} {}'],
  ['deep lists', `{"a":${'['.repeat(33)}${']'.repeat(33)}}`],
  ['deep objects', `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`],
  ['very deep lists', `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`],
]
for (const [name, text] of ambiguous) {
  t.test(`${name} is refused`, async t => t.equal(parseJsonObject(text), null))
}

t.test('only own members are read, whatever their name', async t => {
  const object = parseJsonObject('{"__proto__":{"sub":"x"},"toString":1}')!
  t.equal(memberOf(object, 'sub'), undefined)
  t.equal(memberOf(object, 'constructor'), undefined)
  t.equal(memberOf(object, 'toString'), 1)
  t.same(memberOf(object, '__proto__'), { sub: 'x' })
  t.equal(({} as { sub?: unknown }).sub, undefined)
})
