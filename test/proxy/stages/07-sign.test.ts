import t from 'tap'
import { PermissionIndex } from '../../../src/access/permission-set.ts'
import { prepareAccess } from '../../../src/access/prepare-access.ts'
import type { PreparedAccess, PreparedWorkspace } from '../../../src/access/prepared-access.ts'
import { createSign } from '../../../src/proxy/stages/07-sign.ts'
import { accessDocument } from '../../support/access.ts'
import { exchangeOf } from '../../support/exchange.ts'

const access = prepareAccess(accessDocument(), new PermissionIndex([]))
const workspace = access.workspaces.get('lab')!

function build() {
  const asked: [PreparedAccess, PreparedWorkspace | null][] = []
  const prove = (held: PreparedAccess, place: PreparedWorkspace | null) => {
    asked.push([held, place])
    return ['X-QLP-Tenant-Id', held.document.tenant.id]
  }
  return { sign: createSign({ prover: { prove } }), asked }
}

t.test('what was proven is what identifyTenant and authorize found', async t => {
  const { sign, asked } = build()
  const exchange = exchangeOf({})
  exchange.access = access
  exchange.workspace = workspace
  t.equal(sign(exchange), null)
  t.strictSame(exchange.proof, ['X-QLP-Tenant-Id', access.document.tenant.id])
  t.equal(asked[0]![0], access)
  t.equal(asked[0]![1], workspace)
})

t.test('where no tenant was identified nothing is claimed', async t => {
  const { sign, asked } = build()
  const exchange = exchangeOf({ claims: null })
  t.equal(sign(exchange), null)
  t.equal(exchange.proof, null)
  t.equal(asked.length, 0)
})
