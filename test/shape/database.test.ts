import t from 'tap'
import { importsOf, sourceFiles } from '../support/source-files.ts'

const sources = sourceFiles('src')
const place = 'src/store/postgres/transaction.ts'

t.test('only transaction.ts tells Postgres which tenant it works for', async t => {
  const setters = sources.filter(({ text }) => /app\.tenant_id|\bset_config\(/.test(text))
  t.same(
    setters.map(({ path }) => path),
    [place],
  )
})

t.test('only transaction.ts takes clients out of a pool', async t => {
  const takers = sources.filter(({ text }) => /\bpool\.(connect|query)\(/.test(text))
  t.same(
    takers.map(({ path }) => path),
    [place],
  )
})

t.test('queries speak to a session and never to the driver', async t => {
  const direct = sources
    .filter(({ path }) => path.startsWith('src/store/postgres/queries/'))
    .filter(file => importsOf(file).some(({ target }) => target === 'pg'))
  t.same(direct, [])
})
