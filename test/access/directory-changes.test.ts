import t from 'tap'
import { acme, answerTo, issuer } from '../support/access.ts'
import { away, buildDirectory, unavailable, versionOf } from '../support/directory.ts'

/** A change of acme, as the feed tells it. */
const changeTo = (accessVersion: number) => ({ tenantId: acme.id, slug: acme.slug, accessVersion })

t.test('what is older than a change of its tenant is not used again', async t => {
  const { lookup, changed, control, aged, events } = buildDirectory()
  control(aged(0, 1))
  await lookup()
  changed(changeTo(2))
  control(aged(0, 2))
  const found = lookup()
  t.ok(found instanceof Promise, 'it has to be asked for')
  t.equal(versionOf(await found), 2)
  t.same(events, ['found control', 'dropped 1', 'found control'])
})

t.test('a change that is known already, or told twice, drops nothing', async t => {
  const { lookup, changed, control, aged, asked } = buildDirectory()
  control(aged(0, 5))
  const held = await lookup()
  for (const version of [5, 4, 5]) changed(changeTo(version))
  t.equal(lookup(), held)
  t.equal(asked.control, 1)
})

t.test('a thousand changes of a tenant in a row cost one look at each that is remembered', async t => {
  const { lookup, changed, control, clock, heldTenants } = buildDirectory()
  const held = 100
  let looks = 0
  control(({ subject, ...asking }) =>
    answerTo({ ...asking, subject }, { issuedAtMs: clock.nowMs(), accessVersion: Number(subject) }),
  )
  for (let user = 1; user <= held; user += 1) {
    const accessVersion = 10 * user
    const found = await lookup('acme', String(accessVersion))
    const get = () => {
      looks += 1
      return accessVersion
    }
    Object.defineProperty(found!.document, 'accessVersion', { get })
  }
  for (let version = 1; version <= 10 * held; version += 1) {
    changed({ tenantId: 'id-of-acme', slug: 'acme', accessVersion: version })
  }
  t.same(heldTenants(), ['id-of-acme'], 'the last of them is of the last version')
  t.ok(looks <= held, `${looks} looks`)
  t.notOk(lookup('acme', String(10 * held)) instanceof Promise)
  control(away)
  await t.rejects(async () => lookup('acme', String(10 * held - 10)), unavailable, 'all others are forgotten')
})

t.test('a change of one tenant leaves all others as they are', async t => {
  const { lookup, changed, control, clock } = buildDirectory()
  control(asking => answerTo(asking, { issuedAtMs: clock.nowMs() }))
  const [acmeHeld, globexHeld] = [await lookup('acme'), await lookup('globex')]
  changed({ tenantId: 'id-of-acme', slug: 'acme', accessVersion: 9 })
  t.equal(lookup('globex'), globexHeld)
  control(asking => answerTo(asking, { issuedAtMs: clock.nowMs(), accessVersion: 9 }))
  t.not(await lookup('acme'), acmeHeld)
})

t.test('what is known to be out of date is not used although nobody can be asked', async t => {
  const { lookup, changed, control, store, aged } = buildDirectory()
  control(aged(0, 1))
  await lookup()
  changed(changeTo(2))
  control(away)
  await t.rejects(async () => lookup(), unavailable)
  store(aged(0, 1))
  await t.rejects(async () => lookup(), unavailable, 'the store has not heard of it either')
  store(aged(0, 2))
  t.equal(versionOf(await lookup()), 2)
})

t.test('a document that was being loaded when its tenant changed is loaded anew', async t => {
  const { lookup, changed, control, aged, asked } = buildDirectory()
  control(() => {
    if (asked.control === 1) changed(changeTo(2))
    return aged(0, asked.control)
  })
  t.equal(versionOf(await lookup()), 2)
  t.equal(asked.control, 2)
})

t.test('a no that was being loaded when its tenant changed is asked anew, by id and by slug', async t => {
  for (const reference of [acme.slug, acme.id]) {
    const { lookup, changed, control, aged, asked } = buildDirectory()
    control(() => {
      if (asked.control > 1) return aged(0, 2)
      changed(changeTo(2))
      return null
    })
    t.equal(versionOf(await lookup(reference)), 2, reference)
  }
})

t.test('what changes faster than it can be loaded is an outage, not an old answer', async t => {
  const { lookup, changed, control, aged, asked } = buildDirectory()
  control(() => {
    changed(changeTo(asked.control + 1))
    return aged(0, asked.control)
  })
  await t.rejects(async () => lookup(), unavailable)
  t.ok(asked.control < 10)
})

t.test('a no is forgotten when its tenant changes: somebody may have been let in', async t => {
  const { lookup, changed, control, aged } = buildDirectory()
  control(null)
  t.equal(await lookup(), null)
  control(aged(0, 2))
  t.equal(lookup(), null, 'remembered for a while')
  changed(changeTo(2))
  t.equal(versionOf(await lookup()), 2)
})

t.test('versions that were asked for say the same as changes that were heard', async t => {
  const { lookup, confirm, heldTenants, control, aged } = buildDirectory()
  control(aged(0, 3))
  const held = await lookup()
  t.same(heldTenants(), [acme.id])
  confirm(acme.id, 3)
  t.equal(lookup(), held)
  confirm(acme.id, 4)
  t.same(heldTenants(), [])
  control(aged(0, 4))
  t.equal(versionOf(await lookup()), 4)
  confirm(acme.id, null)
  t.same(heldTenants(), [], 'of a tenant that is gone nothing is kept')
})

t.test('whoever has seen a version is judged by it, or by a later one', async t => {
  const { lookupAt, control, store, aged, asked } = buildDirectory()
  control(aged(0, 1))
  const first = await lookupAt(0)
  t.equal(lookupAt(1), first, 'it is that version already')
  store(aged(0, 1))
  control(aged(0, 7))
  const seventh = await lookupAt(7)
  t.equal(versionOf(seventh), 7)
  t.equal(asked.control, 2)
  t.equal(lookupAt(0), seventh, 'and so is everybody else from now on')
})

t.test('a version that the tenant has not come to is answered with the one it has', async t => {
  const { lookupAt, control, aged } = buildDirectory()
  control(aged(0, 2))
  t.equal(versionOf(await lookupAt(1000)), 2)
})

t.test('with nobody to ask, an older version does not do for whoever asks for a later one', async t => {
  const { lookupAt, control, aged } = buildDirectory()
  control(aged(0, 1))
  await lookupAt(0)
  control(away)
  await t.rejects(async () => lookupAt(2), unavailable)
  t.equal(versionOf(await lookupAt(1)), 1)
})

t.test('one principal cannot take all lookups by asking for tenants at random', async t => {
  const { lookup, control, clock } = buildDirectory({ lookupsPerPrincipalMax: 2 })
  control(asking => answerTo(asking, { issuedAtMs: clock.nowMs() }))
  const answers = await Promise.allSettled(['a', 'b', 'c', 'd'].map(async tenant => lookup(tenant)))
  t.same(
    answers.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'rejected', 'rejected'],
  )
  t.ok(await lookup('c'), 'as soon as the others are answered')
})

t.test('the same claims find their place again without being compared, and only their own', async t => {
  const { lookupAs, control, clock, asked } = buildDirectory()
  control(asking => answerTo(asking, { issuedAtMs: clock.nowMs() }))
  const mona = { issuer, subject: 'mona' }
  const first = await lookupAs(mona, 'acme')
  t.equal(lookupAs(mona, 'acme'), first)
  t.equal(lookupAs({ ...mona }, 'acme'), first, 'equal claims find the same')
  t.match(await lookupAs(mona, 'globex'), { document: { tenant: { slug: 'globex' } } })
  t.match(await lookupAs({ issuer, subject: 'otto' }, 'acme'), {
    document: { principal: { subject: 'otto' } },
  })
  t.equal(lookupAs(mona, 'acme'), first)
  t.equal(asked.control, 3)
})
