import t from 'tap'
import type { AccessDocument } from '../../src/access/document.ts'
import { PermissionIndex } from '../../src/access/permission-set.ts'
import { prepareAccess } from '../../src/access/prepare-access.ts'
import type { PreparedAccess } from '../../src/access/prepared-access.ts'
import { codeOf } from '../../src/proxy/access-line.ts'
import type { Exchange } from '../../src/proxy/exchange.ts'
import { OpenStreams } from '../../src/proxy/open-streams.ts'
import type { Reviewed } from '../../src/proxy/review.ts'
import type { Denial } from '../../src/proxy/verdict.ts'
import { deny } from '../../src/proxy/verdict.ts'
import { accessDocument, acme, globex } from '../support/access.ts'
import { away } from '../support/directory.ts'
import { exchangeOf } from '../support/exchange.ts'
import { createManualClock } from '../support/manual-clock.ts'

const startMs = 1_800_000_000_000
const minute = 60_000
const bounds = { recheckMs: minute, undecidedMs: 5000, staleMs: 15 * minute }
const permissions = new PermissionIndex(['notes.read'])
const accessOf = (more?: Parameters<typeof accessDocument>[0]): PreparedAccess =>
  prepareAccess(accessDocument({ issuedAtMs: startMs, ...more }), permissions)
const notAMember = deny('CROSS_TENANT', 'no place')
const revoked = deny('TOKEN_REVOKED', 'signed out')

type Judgement = Denial | Error | AccessDocument['accessVersion']

/** Streams whose review says what a test wants, in the turn in which it wants it. */
function open() {
  const clock = createManualClock(startMs)
  const judged: Exchange[] = []
  const void_ = new Set<Exchange>()
  let judgement: (exchange: Exchange) => Judgement | Promise<Judgement> = () => 1
  const streams = new OpenStreams({
    clock,
    random: () => 0.5,
    bounds,
    review: {
      judgeToken: exchange => (void_.has(exchange) ? revoked : null),
      async judge(exchange): Promise<Reviewed> {
        judged.push(exchange)
        const result = await judgement(exchange)
        if (result instanceof Error) throw result
        const tenant = exchange.access?.document.tenant
        return typeof result === 'number'
          ? { denial: null, access: tenant ? accessOf({ accessVersion: result, tenant }) : null }
          : { denial: result, access: null }
      },
    },
  })
  const settle = async (ms = 0) => {
    clock.advance(ms)
    for (let turns = 0; turns < 20; turns += 1) {
      await new Promise(resolve => setImmediate(resolve))
      clock.advance(0)
    }
  }
  const add = (access: PreparedAccess | null = accessOf(), startedMs = clock.elapsedMs() + 0.1) => {
    const exchange = Object.assign(exchangeOf({}), { access, arrival: { startedMs } })
    const ended: string[] = []
    const stream = streams.add(exchange, { withdraw: why => ended.push(codeOf(why)) })
    return { exchange, stream, ended }
  }
  return {
    clock,
    streams,
    judged,
    revoke: (exchange: Exchange) => void void_.add(exchange),
    /** What the review says from now on: a refusal, a fault, or go on, judged by that version. */
    judge: (says: typeof judgement | Judgement) => {
      judgement = typeof says === 'function' ? says : () => says
    },
    settle,
    add,
  }
}

t.test('a change of the tenant has its streams judged, and those of no other', async t => {
  const { streams, judged, judge, settle, add } = open()
  const [mine, theirs] = [add(), add(accessOf({ tenant: globex }))]
  judge(notAMember)
  streams.onTenantChanged(acme.id, 2)
  await settle()
  t.same(mine.ended, ['CROSS_TENANT'])
  t.same(theirs.ended, [])
  t.same(judged, [mine.exchange])
  t.equal(streams.size, 1)
})

t.test('whoever may go on does, and is not judged again by what it was judged by', async t => {
  const { streams, judged, judge, settle, add } = open()
  const { ended } = add()
  judge(3)
  for (const version of [2, 3, 1]) {
    streams.onTenantChanged(acme.id, version)
    await settle()
  }
  t.equal(judged.length, 1)
  streams.onTenantChanged(acme.id, 4)
  await settle()
  t.equal(judged.length, 2)
  t.same(ended, [])
})

t.test('a tenant that is heard of many times in a row has its streams judged once', async t => {
  const { streams, judged, judge, settle, add } = open()
  add()
  judge(50)
  for (let version = 2; version <= 100; version += 1) streams.onTenantChanged(acme.id, version)
  streams.onTenantChanged(acme.id, 3)
  await settle()
  t.equal(judged.length, 1)
})

t.test('a tenant that is gone has its streams judged whatever they were judged by', async t => {
  const { streams, judge, settle, add } = open()
  const { ended } = add(accessOf({ accessVersion: 99 }))
  judge(notAMember)
  streams.onTenantGone(acme.id)
  await settle()
  t.same(ended, ['CROSS_TENANT'])
})

t.test('a revocation ends those whose token is void, and asks nobody about the others', async t => {
  const { streams, judged, revoke, settle, add } = open()
  const [one, other, unnamed] = [add(), add(), add(null)]
  revoke(one.exchange)
  revoke(unnamed.exchange)
  streams.onRevoked()
  await settle()
  t.same([one.ended, other.ended, unnamed.ended], [['TOKEN_REVOKED'], [], ['TOKEN_REVOKED']])
  t.same(judged, [])
})

t.test('what was heard between the arrival of a request and its forwarding is not missed', async t => {
  const { clock, streams, judged, judge, settle, add } = open()
  clock.advance(10)
  streams.onTenantChanged(acme.id, 2)
  clock.advance(5)
  judge(notAMember)
  const before = add(accessOf(), 9)
  const after = add(accessOf(), 11)
  await settle()
  t.same([before.ended, after.ended], [['CROSS_TENANT'], []])
  t.equal(judged.length, 1)
  streams.onRevoked()
  const unheard = add(accessOf(), 14)
  await settle()
  t.same(unheard.ended, ['CROSS_TENANT'])
})

t.test('nothing is judged that was let through without asking whose it is, or that is over', async t => {
  const { clock, streams, judged, settle, add } = open()
  const nobody = Object.assign(exchangeOf({ claims: null }), { arrival: { startedMs: 0 } })
  t.equal(streams.add(nobody, { withdraw() {} }), null)
  streams.remove(null)
  const { stream } = add()
  streams.onTenantChanged(acme.id, 2)
  streams.remove(stream)
  streams.remove(stream)
  await settle(10 * minute)
  t.same(judged, [])
  t.equal(streams.size, 0)
  t.equal(clock.timerCount(), 0)
})

t.test('one that is over while it is being judged is not ended', async t => {
  const { streams, judge, settle, add } = open()
  const { stream, ended } = add()
  const told = Promise.withResolvers<Judgement>()
  judge(() => told.promise)
  streams.onTenantChanged(acme.id, 2)
  await settle()
  streams.remove(stream)
  told.resolve(notAMember)
  await settle()
  t.same(ended, [])
})

t.test('each is judged every so often although nothing is heard', async t => {
  const { streams, judged, judge, settle, add } = open()
  const { ended } = add()
  await settle(minute - 1)
  t.equal(judged.length, 0)
  for (let tick = 0; tick < 10; tick += 1) await settle(minute / 10)
  t.equal(judged.length, 1)
  t.same(ended, [])
  judge(notAMember)
  for (let tick = 0; tick < 10; tick += 1) await settle(minute / 10)
  t.same(ended, ['CROSS_TENANT'])
  t.equal(streams.size, 0)
})

t.test(
  'while nothing was heard, one goes on as long as the directory cannot tell, until it is stale',
  async t => {
    const { judged, judge, settle, add } = open()
    const { ended } = add()
    judge(away)
    while (judged.length < 10) await settle(minute / 10)
    t.same(ended, [])
    while (judged.length < 15) await settle(minute / 10)
    t.same(ended, ['DIRECTORY_UNAVAILABLE'])
  },
)

t.test('a wall clock that is set back gives nobody more time while the directory cannot tell', async t => {
  const { clock, judged, judge, settle, add } = open()
  const { ended } = add()
  judge(away)
  clock.setWall(-60 * minute)
  for (let passedMs = 0; passedMs < 17 * minute; passedMs += minute / 10) await settle(minute / 10)
  t.ok(judged.length > 0)
  t.same(ended, ['DIRECTORY_UNAVAILABLE'])
})

t.test('after a change, it is asked again and again, and then ended', async t => {
  const { clock, streams, judged, judge, settle, add } = open()
  const { ended } = add()
  judge(away)
  streams.onTenantChanged(acme.id, 2)
  for (let passedMs = 0; passedMs < 4990; passedMs += 10) await settle(10)
  t.ok(judged.length > 5 && judged.length < 20, `${judged.length} times`)
  t.same(ended, [])
  await settle(10)
  t.same(ended, ['DIRECTORY_UNAVAILABLE'])
  await settle(minute)
  t.equal(clock.timerCount(), 0)
})

t.test('an answer that comes in time lets it go on, and the next trouble has all its time again', async t => {
  const { streams, judge, settle, add } = open()
  const { ended } = add()
  judge(away)
  streams.onTenantChanged(acme.id, 2)
  await settle(4000)
  judge(2)
  await settle(1000)
  judge(away)
  streams.onTenantChanged(acme.id, 3)
  await settle(4000)
  t.same(ended, [])
  await settle(1000)
  t.same(ended, ['DIRECTORY_UNAVAILABLE'])
})

t.test('a change that is heard while it is being judged has it judged once more', async t => {
  const { streams, judged, judge, settle, add } = open()
  const { ended } = add()
  const first = Promise.withResolvers<Judgement>()
  judge(() => first.promise)
  streams.onTenantChanged(acme.id, 2)
  await settle()
  judge(away)
  streams.onTenantChanged(acme.id, 3)
  await settle()
  first.resolve(2)
  await settle()
  t.equal(judged.length, 2)
  await settle(5000)
  t.same(ended, ['DIRECTORY_UNAVAILABLE'], 'the first answer settled nothing of the second change')
})

t.test('under break-glass it ends with the grant, whatever anybody would say', async t => {
  const { clock, settle, add, judged } = open()
  const breakGlass = { grantId: 'g-1', expiresAtMs: startMs + 10_000 }
  const { ended } = add(accessOf({ breakGlass }))
  await settle(9999)
  t.same(ended, [])
  await settle(1)
  t.same(ended, ['CROSS_TENANT'])
  t.same(judged, [])
  const late = add(accessOf({ breakGlass }))
  await settle()
  t.same(late.ended, ['CROSS_TENANT'])
  await settle(minute)
  t.equal(clock.timerCount(), 0)
})

t.test('a thousand of one tenant are judged, a bounded number at a time', async t => {
  const { streams, judge, settle, add } = open()
  const ended = Array.from({ length: 1000 }, () => add().ended)
  let atATime = 0
  let most = 0
  judge(async () => {
    atATime += 1
    most = Math.max(most, atATime)
    await new Promise(resolve => setImmediate(resolve))
    atATime -= 1
    return notAMember
  })
  streams.onTenantChanged(acme.id, 2)
  while (streams.size > 0) await settle()
  t.ok(ended.every(codes => codes.length === 1))
  t.equal(most, 100)
})

t.test('it names the tenants of what is open', async t => {
  const { streams, add } = open()
  const { stream } = add()
  add()
  const theirs = add(accessOf({ tenant: globex }))
  add(null)
  t.same(streams.tenantIds(), [acme.id, globex.id])
  streams.remove(stream)
  t.same(streams.tenantIds(), [acme.id, globex.id], 'another of the tenant is open still')
  streams.remove(theirs.stream)
  t.same(streams.tenantIds(), [acme.id])
})

t.test('once closed it watches nothing and leaves no timer', async t => {
  const { clock, streams, settle, add } = open()
  const { ended } = add(accessOf({ breakGlass: { grantId: 'g-1', expiresAtMs: startMs + 1000 } }))
  streams.onTenantChanged(acme.id, 2)
  streams.onRevoked()
  streams.close()
  t.equal(clock.timerCount(), 0)
  t.equal(add().stream, null)
  await settle(2000)
  t.same(ended, [])
})
