import t from 'tap'
import { denyCrossTenant } from '../../src/proxy/cross-tenant.ts'
import { acme } from '../support/access.ts'
import { exchangeOf } from '../support/exchange.ts'

t.test('tells who watches, and the log, which tenant was asked for and which is held', async t => {
  const told: unknown[][] = []
  const exchange = exchangeOf({})
  const denial = denyCrossTenant(
    { onCrossTenant: (...attempt) => told.push(attempt) },
    exchange,
    'globex',
    acme.id,
  )
  t.match(denial, { refusal: { code: 'CROSS_TENANT', status: 403 }, mode: 'enforce' })
  t.match(denial.detail, /globex/)
  t.match(denial.detail, new RegExp(acme.id))
  t.equal(told[0]![0], exchange)
  t.same(told[0]!.slice(1), ['globex', acme.id])
})

t.test('the client learns nothing of either', async t => {
  const { refusal } = denyCrossTenant({ onCrossTenant() {} }, exchangeOf({}), 'globex', acme.id)
  t.notMatch(JSON.stringify(refusal), /globex|acme|0190a/)
})
