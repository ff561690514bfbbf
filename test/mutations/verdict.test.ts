import t from 'tap'
import { judge } from './verdict.ts'

const around = 'not ok 1 - x # time=2ms\n  ---\n  at:\n    isToplevel: true\n  ...\n'
const failing = (assertion: string, report: string) =>
  `TAP version 14\n# Subtest: x\n    not ok 1 - ${assertion}\n      ---\n${report}      ...\n    1..1\n${around}`

t.test('an assertion that failed is told with the subtest it belongs to', async t => {
  t.same(judge(failing('should be equal', '      diff: |\n        -1\n'), 1), {
    outcome: 'noticed',
    title: 'x',
  })
  t.same(
    judge(failing('closed before /200/', '      stack: |\n        test/a.ts:1:1\n'), 1).outcome,
    'noticed',
  )
})

t.test('a value that a test misses is noticed, one that the source misses is not', async t => {
  const of = (file: string) => `      stack: |\n        read (${file}:1:1)\n      type: TypeError\n`
  t.equal(judge(failing('Cannot read properties of null', of('test/a.test.ts')), 1).outcome, 'noticed')
  t.equal(judge(failing('Cannot read properties of null', of('src/a.ts')), 1).outcome, 'broke')
})

t.test('a name that is not there, and a source that does not load, prove nothing', async t => {
  t.equal(judge(failing('y is not defined', '      type: ReferenceError\n'), 1).outcome, 'broke')
  t.equal(judge('', 1).outcome, 'broke')
})

t.test('a test that never ends is told apart', async t => {
  t.equal(judge(failing('timeout!', '      expired: TAP\n'), 1).outcome, 'hung')
  t.equal(judge('TAP version 14\n', null).outcome, 'hung')
  t.equal(judge('not ok 12 - child test left in queue: y\n', 1).outcome, 'hung')
})

t.test('a test that passes passes', async t => {
  t.same(judge('ok 1 - x # time=2ms\n', 0), { outcome: 'passed' })
})
