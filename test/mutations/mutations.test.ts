import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import type { Mutation } from './mutation.ts'
import { mutated, mutations } from './mutation.ts'
import { isNoticed, readResults } from './results.ts'
import { Workbench } from './workbench.ts'

const atRoot = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

t.test('every mutation fits the sources as they are, and names tests that are there', async t => {
  t.ok(mutations.length >= 40)
  for (const mutation of mutations) {
    const source = readFileSync(atRoot(mutation.file), 'utf8')
    t.doesNotThrow(() => mutated(mutation, source), mutation.what)
    t.not(mutation.find, mutation.replace, mutation.what)
    t.ok(mutation.tests.length > 0 && mutation.tests.every(test => existsSync(atRoot(test))), mutation.what)
  }
  t.equal(new Set(mutations.map(({ what }) => what)).size, mutations.length, 'no sentence stands for two')
})

t.test('every mutation was tried with its tests, and noticed', async t => {
  const results = readResults()
  t.same(
    results.map(({ what, verdicts }) => ({ what, tests: verdicts.map(({ test }) => test) })),
    mutations.map(({ what, tests }) => ({ what, tests })),
    'else type: npm run test:mutations:requests',
  )
  t.same(
    results.filter(result => !isNoticed(result)).map(({ what }) => what),
    [],
  )
})

t.test('a mutation is run, judged and undone', async t => {
  const workbench = new Workbench()
  t.teardown(() => workbench.close())
  const test = 'test/http1/plain-word.test.ts'
  const breaking = (replace: string): Mutation => ({
    threats: [],
    what: 'any length is taken',
    file: 'src/http1/plain-word.ts',
    find: 'value.length > 64',
    replace,
    tests: [test],
  })
  t.match(await workbench.runMutated(breaking('value.length > 6400'), test), { outcome: 'noticed' })
  t.match(await workbench.runMutated(breaking('value.length > '), test), { outcome: 'broke' })
  t.match(await workbench.run(test), { outcome: 'passed' })
})

t.test('a text that is gone, or is there twice, is told', async t => {
  const mutation = { threats: [], what: 'x', file: 'src/a.ts', find: 'a', replace: 'b', tests: [] }
  t.throws(() => mutated(mutation, 'c'), { message: /finds it 0 times/ })
  t.throws(() => mutated(mutation, 'aa'), { message: /finds it 2 times/ })
  t.equal(mutated({ ...mutation, replace: '$&' }, 'cac'), 'c$&c')
})
