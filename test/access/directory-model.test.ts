import t from 'tap'
import { Fault } from '../../src/lib/fault.ts'
import type { Answered } from '../support/directory-world.ts'
import { DirectoryWorld, issuer, worldBounds } from '../support/directory-world.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { createRandom, integerBelow } from '../support/random.ts'

// Thousands of histories of changes, loads, losses and outages, in any order, against what must hold in all of them.

const histories = 2000
const stepsPerHistory = 60
const subjects = ['mona', 'otto', 'gert']
/** As the claims of remembered tokens: the same object whenever the same token comes. */
const principals = subjects.map(subject => ({ issuer, subject }))
const clockSkewMs = 1000

const turn = () => new Promise(resolve => setImmediate(resolve))

type Seen = { answers: number; roles: number; noes: number; outages: number; old: number }

async function live(seed: number, seen: Seen): Promise<string | null> {
  const random = createRandom(seed)
  const clock = createManualClock(1_800_000_000_000)
  const world = new DirectoryWorld(clock, random, 3)
  const any = <Item>(items: readonly Item[]): Item => items[integerBelow(random, items.length)]!
  const checks: Promise<string | null>[] = []

  function lookUp(): void {
    const tenant = any(world.tenants)
    const principal = any(principals)
    const { subject } = principal
    const heard = world.heard.get(tenant.id) ?? 0
    const reference = any([tenant.id, tenant.slug])
    const key = `${subject} in ${reference}`
    const seenBefore = world.answered.get(key) ?? 0
    const versionMin = random() < 0.3 ? integerBelow(random, tenant.version + 1) : 0
    const current = tenant.version
    const startedMs = clock.nowMs()
    const { directory } = world
    const asked = (async (): Promise<Answered> => ({
      access: await directory.lookup(principal, reference, versionMin),
    }))().catch((error: unknown): Answered => {
      if (error instanceof Fault && error.code === 'DIRECTORY_UNAVAILABLE') return { unavailable: true }
      throw error
    })
    checks.push(asked.then(answered => judge(answered)))

    function judge(answered: Answered): string | null {
      seen.answers += 1
      if ('unavailable' in answered) {
        seen.outages += 1
        return null
      }
      const { access } = answered
      if (access === null) {
        seen.noes += 1
        const sinceMs = startedMs - worldBounds.absentMs - clockSkewMs
        return world.wasAbsent(tenant, subject, sinceMs, heard)
          ? null
          : `${subject} had a place, at ${heard} and later`
      }
      seen.roles += 1
      const { document } = access
      const { accessVersion, role } = document
      if (document.tenant.id !== tenant.id) return 'another tenant’s answer'
      if (document.principal.subject !== subject) return 'another principal’s answer'
      if (role !== world.roleAt(tenant, accessVersion, subject)) return `no such role at ${accessVersion}`
      if (accessVersion < seenBefore) return `version ${accessVersion} after ${seenBefore} was answered`
      if (directory === world.directory) world.answered.set(key, accessVersion)
      if (accessVersion < heard) return `version ${accessVersion} after ${heard} was heard`
      if (accessVersion < versionMin && accessVersion < current)
        return `version ${accessVersion}, asked for ${versionMin}`
      const ageMs = startedMs - document.issuedAtMs
      if (ageMs > worldBounds.staleMs + clockSkewMs) return `${ageMs} ms old`
      if (ageMs > worldBounds.refreshMs + clockSkewMs) {
        seen.old += 1
        if (world.failedMs < startedMs - worldBounds.freshMs) return `${ageMs} ms old, and nothing had failed`
      }
      return null
    }
  }

  /** Every wait has a deadline: no answer is still owed when some time has passed. */
  async function pass(ms: number): Promise<void> {
    while (world.settle('answers')) await turn()
    clock.advance(ms)
  }

  const acts: readonly (readonly [number, () => void | Promise<void>])[] = [
    [30, lookUp],
    [12, () => world.change(any(world.tenants), any(subjects), any(['owner', 'member', null]))],
    [8, () => world.changeSwiftly(any(world.tenants), any(subjects), any(['owner', 'member', null]))],
    [10, () => world.relay()],
    [10, () => world.hear()],
    [24, () => void world.settle()],
    [8, () => pass(integerBelow(random, 20_000))],
    [3, () => pass(integerBelow(random, 200_000))],
    [1, () => pass(integerBelow(random, 1_000_000))],
    [1, () => world.cutFeed()],
    [2, () => world.reconnect()],
    [1, () => world.flushRedis()],
    [1, () => world.restart()],
    [4, () => world.turnControl()],
    [1, () => world.turnRedis()],
  ]
  const total = acts.reduce((sum, [weight]) => sum + weight, 0)
  for (let step = 0; step < stepsPerHistory; step += 1) {
    let at = random() * total
    for (const [weight, act] of acts) {
      at -= weight
      if (at >= 0) continue
      await act()
      break
    }
    if (random() < 0.5) await turn()
  }
  world.controlAway = false
  world.redisAway = false
  let pending = checks.length
  for (const check of checks) check.finally(() => (pending -= 1)).catch(() => {})
  while (pending > 0) {
    world.settle()
    await turn()
  }
  return (await Promise.all(checks)).find(wrong => wrong !== null) ?? null
}

t.test('no history leads to an answer that is foreign, overtaken, too old or lost', async t => {
  const seen: Seen = { answers: 0, roles: 0, noes: 0, outages: 0, old: 0 }
  for (let seed = 1; seed <= histories; seed += 1) {
    const wrong = await live(seed, seen)
    if (wrong === null) continue
    t.fail(`history ${seed}: ${wrong}`)
    return
  }
  t.comment(JSON.stringify(seen))
  for (const [kind, count] of Object.entries(seen)) t.ok(count > 20, `there were ${kind}`)
})
