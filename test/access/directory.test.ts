import t from 'tap'
import { createDirectory } from '../../src/access/directory.ts'
import type { AccessDocument } from '../../src/access/document.ts'
import { PermissionIndex } from '../../src/access/permission-set.ts'
import { accessDocument, acme, answerTo, issuer, question } from '../support/access.ts'
import {
  away,
  bounds,
  buildDirectory,
  forgery,
  minute,
  startMs,
  storeAway,
  unavailable,
  versionOf,
} from '../support/directory.ts'
import { createManualClock } from '../support/manual-clock.ts'

t.test('a remembered principal is answered at once, with the same prepared access', async t => {
  const { lookup, asked, clock } = buildDirectory()
  const first = await lookup()
  t.match(first, { document: { tenant: acme, role: 'member' } })
  clock.advance(19_999)
  t.equal(lookup(), first)
  t.same(asked, { store: 1, control: 1 })
})

t.test('a document is found by id in either case and by slug', async t => {
  const { lookup, control, clock, asked } = buildDirectory()
  control(() => accessDocument({ issuedAtMs: clock.nowMs() }))
  for (const reference of [acme.id, acme.id.toUpperCase(), acme.slug])
    t.match(await lookup(reference), { document: { tenant: acme } })
  t.equal(asked.control, 2, 'every spelling of the id is one question')
  await t.rejects(async () => lookup('ACME'), unavailable, 'a slug is compared exactly')
})

t.test('what is no longer fresh is asked of the store, and what is old of the control plane', async t => {
  const { lookup, asked, clock, store, aged, events } = buildDirectory()
  store(aged(5_000))
  await lookup()
  t.same(asked, { store: 1, control: 0 })
  clock.advance(30_000)
  await lookup()
  t.same(asked, { store: 2, control: 0 })
  clock.advance(25_001)
  await lookup()
  t.same(asked, { store: 3, control: 1 })
  t.same(events, ['found store', 'found store', 'found control'])
})

t.test('what is in use is refreshed before it stops being fresh, and nobody waits for it', async t => {
  const { clock, lookup, asked, control } = buildDirectory()
  const first = await lookup()
  clock.advance(20_000 - 1)
  t.equal(lookup(), first)
  t.equal(asked.control, 1)
  clock.advance(1)
  t.equal(lookup(), first, 'at once, though its refresh has begun')
  t.equal(lookup(), first, 'and begun once')
  await new Promise(resolve => setImmediate(resolve))
  t.equal(asked.control, 2)
  const second = lookup()
  t.notOk(second instanceof Promise)
  t.not(second, first)
  control(null)
  clock.advance(20_000)
  lookup()
  await new Promise(resolve => setImmediate(resolve))
  t.equal(lookup(), null, 'a no that a refresh brings counts at once')
})

t.test('without a store the control plane is asked', async t => {
  const { store, lookup, asked, events } = buildDirectory()
  store(storeAway)
  t.ok(await lookup())
  t.same(asked, { store: 1, control: 1 })
  t.same(events, ['failed store', 'found control'])
})

t.test('what the control plane did not sign, or not for this, is not believed from the store', async t => {
  const future = (clock: { nowMs: () => number }) => accessDocument({ issuedAtMs: clock.nowMs() + 5001 })
  const other = answerTo(question('globex'), { issuedAtMs: startMs })
  for (const [answer, reason] of [
    [forgery.sign(accessDocument({ issuedAtMs: startMs, role: 'owner' })), 'bad_signature'],
    ['rubbish', 'malformed'],
    [other, 'other_question'],
    [future, 'from_the_future'],
    [accessDocument({ issuedAtMs: startMs - 15 * minute }), 'too_old'],
  ] as const) {
    const { store, lookup, clock, events } = buildDirectory()
    store(typeof answer === 'function' ? answer(clock) : answer)
    t.match(await lookup(), { document: { role: 'member', issuedAtMs: startMs } }, reason)
    t.same(events, [`rejected store ${reason}`, 'found control'])
  }
})

t.test('a document that the verifier lets pass is still compared with the question', async t => {
  for (const document of [answerTo(question('globex')), answerTo(question('acme', 'owner'))]) {
    const directory = createDirectory({
      store: null,
      source: { load: async () => 'signed' },
      verify: () => document,
      permissions: new PermissionIndex([]),
      clock: createManualClock(0),
      bounds,
      events: { onFound() {}, onAbsent() {}, onStale() {}, onDropped() {}, onRejected() {}, onFailure() {} },
    })
    await t.rejects(async () => directory.lookup({ issuer, subject: 'member' }, 'acme'), unavailable)
  }
})

t.test('a document of the control plane that cannot be believed is an outage, not a no', async t => {
  const { control, lookup, events } = buildDirectory()
  control(forgery.sign(accessDocument({ issuedAtMs: startMs })))
  await t.rejects(async () => lookup(), unavailable)
  control(accessDocument({ issuedAtMs: startMs }))
  t.ok(await lookup(), 'and is not remembered')
  t.same(events, ['rejected control bad_signature', 'found control'])
})

t.test('callers that ask the same at once share one question', async t => {
  const { lookup, asked } = buildDirectory()
  const answers = await Promise.all(Array.from({ length: 100 }, () => lookup()))
  t.equal(new Set(answers).size, 1)
  t.same(asked, { store: 1, control: 1 })
})

t.test('names that read alike when joined are different questions', async t => {
  const { lookupAs, control, clock } = buildDirectory()
  control(asking => answerTo(asking, { issuedAtMs: clock.nowMs() }))
  const questions: readonly (readonly [string, string, string])[] = [
    ['i', 's', 'ta'],
    ['i', 'st', 'a'],
    ['is', 't', 'a'],
    ['i1', ':st', 'a'],
    ['i', '1:s', 'ta'],
    ['1:i1:', 's', 'ta'],
  ]
  for (const [issuer, subject, tenantRef] of questions) await lookupAs({ issuer, subject }, tenantRef)
  for (const [issuer, subject, tenantRef] of questions) {
    const access = (await lookupAs({ issuer, subject }, tenantRef))!
    t.match(access.document, { principal: { issuer, subject }, tenant: { slug: tenantRef } })
  }
})

t.test('an outage is never remembered as a no', async t => {
  const { lookup, control, events } = buildDirectory()
  control(away)
  await t.rejects(async () => lookup(), unavailable)
  control(new TypeError('bug'))
  await t.rejects(async () => lookup(), unavailable)
  control(accessDocument({ issuedAtMs: startMs }))
  t.ok(await lookup())
  t.same(events, ['failed control', 'failed control', 'found control'])
})

t.test('a no is remembered for a short while, and answered at once', async t => {
  const { lookup, control, asked, clock } = buildDirectory()
  control(null)
  t.equal(await lookup(), null)
  clock.advance(4999)
  t.equal(lookup(), null)
  t.equal(asked.control, 1)
  clock.advance(1)
  control(() => accessDocument({ issuedAtMs: clock.nowMs() }))
  t.ok(await lookup())
  t.equal(asked.control, 2)
})

t.test('a no is not remembered beyond its time because nobody can be asked', async t => {
  const { lookup, control, clock } = buildDirectory()
  control(null)
  t.equal(await lookup(), null)
  clock.advance(5000)
  control(away)
  await t.rejects(async () => lookup(), unavailable)
})

t.test('a no takes away what was remembered, and what the store still holds from before', async t => {
  const { lookup, control, store, aged, clock } = buildDirectory()
  t.ok(await lookup())
  clock.advance(minute)
  const before = aged(1000)
  control(null)
  t.equal(await lookup(), null)
  clock.advance(5000)
  store(before)
  t.equal(await lookup(), null, 'while the control plane says no')
  clock.advance(5000)
  control(away)
  await t.rejects(async () => lookup(), unavailable, 'and when it says nothing')
  clock.advance(5000)
  store(aged(0))
  t.ok(await lookup(), 'but a document from after the no is believed')
})

t.test('remembered noes are bounded', async t => {
  const { lookup, control, asked } = buildDirectory({ absencesMax: 10 })
  control(null)
  for (let index = 0; index < 30; index += 1) await lookup(`tenant-${index}`)
  t.equal(lookup('tenant-29'), null)
  await lookup('tenant-0')
  t.equal(asked.control, 31)
})

t.test('with nobody to ask, the last known good serves to the minute it is too old', async t => {
  const { lookup, control, store, clock, events } = buildDirectory()
  const known = await lookup()
  control(away)
  store(storeAway)
  clock.advance(30_000)
  t.equal(await lookup(), known, 'the first one has waited')
  for (let second = 31; second < 900; second += 1) {
    clock.advance(1000)
    t.equal(lookup(), known)
    await new Promise(resolve => setImmediate(resolve))
  }
  t.ok(events.includes('stale 899000'))
  clock.advance(1000)
  await t.rejects(async () => lookup(), unavailable)
})

t.test('a wall clock that is set back makes nothing that is held younger than it is', async t => {
  const { lookup, control, store, clock } = buildDirectory()
  const known = await lookup()
  control(away)
  store(storeAway)
  clock.setWall(-60 * minute)
  clock.advance(14 * minute)
  t.equal(await lookup(), known)
  clock.advance(minute)
  await t.rejects(async () => lookup(), unavailable)
})

t.test('a wall clock that is set back does not move the end of break-glass', async t => {
  const { lookup, control, store, clock } = buildDirectory()
  control(() => breakGlassIn(clock))
  await lookup()
  control(away)
  store(storeAway)
  clock.setWall(-60 * minute)
  clock.advance(10 * minute)
  await t.rejects(async () => lookup(), unavailable)
})

t.test('a failing refresh is not repeated for every request, and keeps none waiting', async t => {
  const { lookup, control, asked, clock } = buildDirectory()
  const known = await lookup()
  control(away)
  clock.advance(minute)
  await lookup()
  t.equal(asked.control, 2)
  for (let request = 0; request < 1000; request += 1) t.equal(lookup(), known)
  clock.advance(999)
  lookup()
  t.equal(asked.control, 2)
  clock.advance(1)
  for (let request = 0; request < 1000; request += 1) t.equal(lookup(), known)
  await new Promise(resolve => setImmediate(resolve))
  t.equal(asked.control, 3)
  control(() => accessDocument({ issuedAtMs: clock.nowMs(), accessVersion: 2 }))
  clock.advance(1000)
  t.equal(lookup(), known, 'the one that finds it back does not wait either')
  await new Promise(resolve => setImmediate(resolve))
  t.equal(versionOf(await lookup()), 2)
})

t.test('with the control plane gone, a principal not seen before is served from the store', async t => {
  const { lookup, control, store, aged, events, clock } = buildDirectory()
  control(away)
  store(aged(14 * minute))
  t.ok(await lookup())
  t.same(events, ['failed control', `stale ${14 * minute}`])
  clock.advance(minute)
  store(null)
  await t.rejects(async () => lookup(), unavailable)
})

t.test('an older version never replaces a newer one, wherever it comes from', async t => {
  const { lookup, control, store, aged, clock } = buildDirectory()
  control(aged(0, 7))
  t.equal(versionOf(await lookup()), 7)
  clock.advance(30_000)
  store(aged(0, 6))
  control(aged(0, 8))
  t.equal(versionOf(await lookup()), 8, 'the store is behind, so the control plane is asked')
  clock.advance(30_000)
  store(null)
  control(aged(0, 5))
  t.equal(versionOf(await lookup()), 8, 'the control plane is behind, so what is known is kept')
  clock.advance(1000)
  control(aged(0, 9))
  await lookup()
  await new Promise(resolve => setImmediate(resolve))
  t.equal(versionOf(await lookup()), 9)
})

t.test('a load that ends late does not undo what came after it began', async t => {
  const { lookup, control, store, aged, clock } = buildDirectory()
  control(aged(0, 3))
  await lookup()
  clock.advance(minute)
  store(aged(minute - 1000, 2))
  control(away)
  t.equal(versionOf(await lookup()), 3)
})

t.test('the store’s copy of what is remembered does not make it younger than it is', async t => {
  const { lookup, store, control, aged, clock, asked } = buildDirectory()
  const first = aged(0, 1)
  control(first)
  await lookup()
  clock.advance(31_000)
  store(first)
  await lookup()
  t.equal(asked.control, 1)
  clock.advance(29_001)
  control(() => accessDocument({ issuedAtMs: clock.nowMs() }))
  await lookup()
  t.equal(asked.control, 2, 'a minute after it was issued it is loaded again')
})

t.test('remembers no more documents than it may', async t => {
  const { lookup, control, asked, clock } = buildDirectory({ documentsMax: 10 })
  control(asking => answerTo(asking, { issuedAtMs: clock.nowMs() }))
  for (let index = 0; index < 20; index += 1) await lookup(`tenant-${index}`)
  await lookup('tenant-19')
  t.equal(asked.control, 20)
  await lookup('tenant-0')
  t.equal(asked.control, 21)
})

t.test('remembers no more bytes than it may', async t => {
  const { lookup, control, asked, clock } = buildDirectory({ bytesMax: 20_000 })
  control(asking => answerTo(asking, { issuedAtMs: clock.nowMs() }))
  for (let index = 0; index < 20; index += 1) await lookup(`tenant-${index}`)
  await lookup('tenant-0')
  t.equal(asked.control, 21)
})

t.test('refuses to have more lookups wait than it may', async t => {
  const { lookup } = buildDirectory({ lookupsMax: 1 })
  const first = lookup()
  await t.rejects(async () => lookup('globex'), unavailable)
  t.ok(await first)
})

t.test('what can be nobody’s name is answered without asking anyone', async t => {
  const { lookup, asked, events } = buildDirectory()
  for (const reference of ['', 'a b', 'a/b', 'ä', 'a\n', 'x'.repeat(65), '{acme}'])
    t.equal(lookup(reference), null)
  t.same(asked, { store: 0, control: 0 })
  t.ok(events.every(event => event === 'absent'))
})

/** What an operator's way in looks like, ten minutes before its end. */
function breakGlassIn(clock: { readonly nowMs: () => number }, more: Partial<AccessDocument> = {}) {
  const breakGlass = { grantId: 'grant-1', expiresAtMs: startMs + 10 * minute }
  return accessDocument({ issuedAtMs: clock.nowMs(), role: 'admin', breakGlass, ...more })
}

t.test('break-glass is used to its end, and what is true from then on is asked for', async t => {
  const { lookup, control, store, clock, asked } = buildDirectory()
  control(() => breakGlassIn(clock))
  store(() => breakGlassIn(clock))
  clock.advance(10 * minute - 1)
  const known = await lookup()
  t.match(known, { document: { role: 'admin' } })
  t.equal(lookup(), known)
  control(() => accessDocument({ issuedAtMs: clock.nowMs(), role: 'guest' }))
  clock.advance(1)
  t.match(await lookup(), { document: { role: 'guest', breakGlass: null } })
  t.equal(asked.control, 1, 'the store’s copy was fresh, but had ended as well')
})

t.test('at the end of break-glass the operator is a stranger again', async t => {
  const { lookup, control, clock } = buildDirectory()
  control(() => breakGlassIn(clock))
  clock.advance(10 * minute - 1)
  t.ok(await lookup())
  control(null)
  clock.advance(1)
  t.equal(await lookup(), null)
})

t.test('break-glass that has ended is not believed from the store', async t => {
  const { lookup, control, store, clock, events } = buildDirectory()
  clock.advance(9 * minute + 30_000)
  store(breakGlassIn(clock))
  control(null)
  clock.advance(30_000)
  t.equal(await lookup(), null)
  t.same(events, ['rejected store ended', 'absent'])
})

t.test('with nobody to ask, break-glass serves to its end and not a moment longer', async t => {
  const { lookup, control, store, clock, events } = buildDirectory()
  control(() => breakGlassIn(clock))
  const known = await lookup()
  control(away)
  store(breakGlassIn(clock))
  clock.advance(minute + 1)
  t.ok(await lookup(), 'fail static, until then')
  clock.advance(9 * minute - 2)
  t.ok(await lookup())
  t.ok(events.includes(`stale ${10 * minute - 1}`))
  await new Promise(resolve => setImmediate(resolve))
  clock.advance(1)
  await t.rejects(async () => lookup(), unavailable)
  t.match(known, { document: { breakGlass: { grantId: 'grant-1' } } })
})

t.test('break-glass that ends while the control plane is asked is not fallen back on', async t => {
  for (const late of ['memory', 'store'] as const) {
    const { lookup, control, store, clock } = buildDirectory()
    if (late === 'memory') {
      control(() => breakGlassIn(clock))
      await lookup()
    } else store(breakGlassIn(clock))
    clock.advance(10 * minute - 1)
    control(() => {
      clock.advance(1)
      return away
    })
    await t.rejects(async () => lookup(), unavailable, late)
  }
})

t.test('an answer from before what is held does not keep break-glass going past its end', async t => {
  const { lookup, control, clock } = buildDirectory()
  control(() => breakGlassIn(clock, { accessVersion: 2 }))
  await lookup()
  clock.advance(10 * minute - 1)
  control(() => {
    clock.advance(1)
    return accessDocument({ issuedAtMs: clock.nowMs(), accessVersion: 1, role: 'guest' })
  })
  t.match(await lookup(), { document: { breakGlass: null } })
})

t.test(
  'a control plane whose clock is behind gives no break-glass that has ended, and no no either',
  async t => {
    const { lookup, control, clock, events } = buildDirectory()
    clock.advance(10 * minute)
    control(() => breakGlassIn(clock))
    await t.rejects(async () => lookup(), unavailable)
    control(null)
    t.equal(await lookup(), null)
    t.same(events, ['rejected control ended', 'absent'])
  },
)
