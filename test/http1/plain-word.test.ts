import t from 'tap'
import { isPlainWord } from '../../src/http1/plain-word.ts'

t.test('takes ids and slugs, and nothing that a log, a header or a URL could misread', async t => {
  for (const word of ['a', 'A-b_c.9', '019c0f5e-7d7e-7c3a-b1de-0242ac120002', 'x'.repeat(64)])
    t.ok(isPlainWord(word), word)
  for (const word of ['', ' ', 'a b', 'a/b', 'a,b', 'a\n', 'é', 'a%20', '<', 'x'.repeat(65), 'ａ', '\x85'])
    t.notOk(isPlainWord(word), JSON.stringify(word))
})
