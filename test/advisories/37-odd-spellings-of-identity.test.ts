import t from 'tap'
import { openDesk } from '../hostile/headers/deliver.ts'
import { faultsOf } from '../hostile/headers/faults.ts'
import { spellings } from '../hostile/headers/spellings.ts'

/**
 * Threat 37: a field in another spelling, which the service or its server folds into one that tells who asks.
 * Advisories: CVE-2025-64484, CVE-2026-33433, CVE-2026-54763, CVE-2026-52845
 * Defence: names are compared folded, every odd character a hyphen and several of them one (src/http1/field-name.ts), and
 * what imitates a name of ours is stripped (src/http1/reserved.ts); bytes that are no token never get past the parser. Nine
 * ways in which servers read names are written down in test/hostile/headers/folds.ts.
 */

t.test('no spelling of an identity field is one to any server', async t => {
  const desk = await openDesk(t)
  const delivered = await desk.deliver(spellings)
  t.ok(spellings.length >= 100)
  t.same(delivered.flatMap(faultsOf), [])
  const forwarded = delivered.filter(({ request }) => request !== null).length
  t.ok(forwarded >= 100, 'who refuses everything proves nothing')
})
