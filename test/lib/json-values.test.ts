import t from 'tap'
import { isCount, isFields, isText } from '../../src/lib/json-values.ts'

t.test('an object is neither null nor a list', async t => {
  t.same([{}, { a: 1 }, null, [], 'x', 1, undefined].map(isFields), [
    true,
    true,
    false,
    false,
    false,
    false,
    false,
  ])
})

t.test('a text is not empty', async t => {
  t.same(['a', ' ', '', 1, null].map(isText), [true, true, false, false, false])
})

t.test('a count is whole, safe and not below zero', async t => {
  t.same([0, 7, 2 ** 53 - 1, 2 ** 53, -1, 0.5, Number.NaN, '7', null].map(isCount), [
    true,
    true,
    true,
    false,
    false,
    false,
    false,
    false,
    false,
  ])
})
