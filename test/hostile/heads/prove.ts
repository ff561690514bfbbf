import type { Test } from 'tap'
import { hostileCases } from './corpus.ts'
import { honestCases } from './honest.ts'
import type { Fragmentation } from './judge.ts'
import { faultsOf, runCases } from './run.ts'

/** Of real clients' requests at least this part must be served: who refuses everything is safe, too. */
const honestShare = 0.95

/** What every fragmentation of the corpus has to show. */
export async function prove(t: Test, fragmentation: Fragmentation): Promise<void> {
  const hostile = await runCases(t, hostileCases, fragmentation)
  t.same(faultsOf(hostile.judged), [], 'each is refused, or goes on as one honest request')
  t.equal(hostile.judged.filter(({ verdict }) => verdict.ambiguous).length, 0, 'nothing ambiguous goes on')
  t.equal(hostile.late, 0, 'nothing goes on afterwards')
  t.ok(hostile.judged.length >= 500)

  const honest = await runCases(t, honestCases, fragmentation)
  const faults = faultsOf(honest.judged)
  t.ok(honest.judged.length >= 100)
  t.ok(
    honest.judged.length - faults.length >= honest.judged.length * honestShare,
    faults.join('\n') || 'all are served',
  )
  t.equal(honest.late, 0)
}
