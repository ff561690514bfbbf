import t from 'tap'
import { collectGarbage } from '../../bench/directory/garbage.ts'
import { acme, answerTo, issuer } from '../support/access.ts'
import { buildDirectory, startMs } from '../support/directory.ts'

const targetBytes = 8192

/** A name as a route selects it: a piece of a long target. */
function pieceOfTarget(name: string): string {
  const target = Buffer.from(`/tenants/${name}/notes?${'x'.repeat(targetBytes)}`).toString('latin1')
  return target.slice('/tenants/'.length, target.indexOf('/notes'))
}

t.test('a token keeps no document in memory that the directory has dropped', async t => {
  const { lookupAs, changed } = buildDirectory()
  const claims = { issuer, subject: 'member' }
  const found = new WeakRef((await lookupAs(claims, 'acme'))!)
  lookupAs(claims, 'acme')
  changed({ tenantId: acme.id, slug: acme.slug, accessVersion: 2 })
  t.ok(found.deref(), 'it is dropped when it is next looked for')
  await t.rejects(async () => lookupAs({ issuer, subject: 'somebody' }, 'acme'))
  await new Promise(resolve => setImmediate(resolve))
  collectGarbage()
  t.equal(found.deref(), undefined)
  t.equal(claims.subject, 'member', 'while whoever it was found for is still remembered')
})

t.test('a place that is remembered keeps no target in memory that named its tenant', async t => {
  const principals = 300
  const { lookupAs, control, asked } = buildDirectory()
  control(asking => answerTo(asking, { issuedAtMs: startMs }, acme))
  const everyone = Array.from({ length: principals }, (_, index) => ({ issuer, subject: `user-${index}` }))
  const lookUpAll = async () => {
    for (const principal of everyone) await lookupAs(principal, pieceOfTarget(acme.id))
  }
  collectGarbage()
  const before = process.memoryUsage().heapUsed
  await lookUpAll()
  await lookUpAll()
  collectGarbage()
  const bytesEach = (process.memoryUsage().heapUsed - before) / principals
  t.ok(bytesEach < targetBytes, `${Math.round(bytesEach)} bytes each`)
  await lookUpAll()
  t.equal(asked.control, principals, 'all of them are still remembered')
})
