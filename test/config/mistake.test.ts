import t from 'tap'
import { formatMistake, formatPath } from '../../src/config/mistake.ts'

t.test('a mistake reads as file:line:column, path and what was expected', async t => {
  const mistake = { file: 'a.yaml', line: 3, column: 5, path: 'log.level', expected: 'expected info' }
  t.equal(formatMistake(mistake), 'a.yaml:3:5 log.level: expected info')
  t.equal(formatMistake({ ...mistake, path: '' }), 'a.yaml:3:5 expected info')
})

t.test('a path names keys and places, and repeats no key that is not like ours', async t => {
  t.equal(formatPath(['routes', 2, 'match']), 'routes[2].match')
  t.equal(formatPath(['redis', 'p4ssw0rd']), 'redis.(a key)')
})
