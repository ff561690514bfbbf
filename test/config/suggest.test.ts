import t from 'tap'
import { suggest } from '../../src/config/suggest.ts'

t.test('a slip finds the word that was meant', async t => {
  const words = ['permission', 'public', 'scope', 'selectors', 'redis']
  t.equal(suggest('permision', words), 'permission')
  t.equal(suggest('pubilc', words), 'public')
  t.equal(suggest('Scope', words), 'scope')
  t.equal(suggest('reddis', words), 'redis')
})

t.test('a word that is near none finds none', async t => {
  t.equal(suggest('upstream', ['redis', 'log']), null)
  t.equal(suggest('x', ['log']), null)
  t.equal(suggest('x', []), null)
})
