import t from 'tap'
import { readThreat } from './threats.ts'

const text = `import t from 'tap'

/**
 * Threat 38: the client's Connection names
 * a field of ours away.
 * Advisories: CVE-2026-33805, CVE-2024-45410
 * Defence: what stops it, a|b
 * (src/http1/hop-by-hop.ts).
 */
`

t.test('the head comment of a test becomes a row', async t => {
  t.same(readThreat('test/advisories/38-connection.test.ts', text), {
    number: 38,
    name: "the client's Connection names a field of ours away.",
    advisories: 'CVE-2026-33805, CVE-2024-45410',
    defence: 'what stops it, a\\|b (src/http1/hop-by-hop.ts).',
    test: 'test/advisories/38-connection.test.ts',
  })
})

t.test('a comment that is missing, or of another number, is told', async t => {
  t.throws(() => readThreat('test/advisories/38-a.test.ts', 'import 1'), { message: /38-a.*"Threat 38/ })
  t.throws(() => readThreat('test/advisories/39-a.test.ts', text), { message: /39-a.*"Threat 39/ })
})
