import t from 'tap'
import { hasEnded } from '../../src/access/break-glass.ts'
import { accessDocument } from '../support/access.ts'

t.test('a way in ends at the millisecond it names, and what is none never does', async t => {
  const document = accessDocument({ breakGlass: { grantId: 'grant-1', expiresAtMs: 1000 } })
  t.equal(hasEnded(document, 999), false)
  t.equal(hasEnded(document, 1000), true)
  t.equal(hasEnded(accessDocument(), Number.MAX_SAFE_INTEGER), false)
})
