import t from 'tap'
import { createBreakGlassWarning } from '../../src/proxy/break-glass.ts'
import type { Log, LogFields } from '../../src/telemetry/log.ts'
import { accessDocument, acme } from '../support/access.ts'
import { silentLog } from '../support/database.ts'

function build() {
  const warned: LogFields[] = []
  const log: Log = { ...silentLog, warn: fields => void warned.push(fields) }
  return { warned, warn: createBreakGlassWarning(log) }
}

const under = (grantId: string) => accessDocument({ role: 'admin', breakGlass: { grantId, expiresAtMs: 9 } })

t.test('the first request of each grant is warned of, with who entered which tenant as what', async t => {
  const { warned, warn } = build()
  for (const grantId of ['grant-1', 'grant-1', 'grant-2', 'grant-1']) warn(under(grantId))
  const { userId } = accessDocument().principal
  t.same(
    warned,
    ['grant-1', 'grant-2'].map(grantId => ({
      break_glass: grantId,
      expires_at_ms: 9,
      tenant_id: acme.id,
      tenant: acme.slug,
      user_id: userId,
      role: 'admin',
    })),
  )
})

t.test('nobody else is warned of', async t => {
  const { warned, warn } = build()
  warn(accessDocument())
  t.same(warned, [])
})
