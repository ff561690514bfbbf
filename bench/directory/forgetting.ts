import { setTimeout as sleep } from 'node:timers/promises'
import { v7 as uuidv7 } from 'uuid'
import { changeAccess } from '../../src/store/postgres/change-access.ts'
import { deleteTenantMembership, putTenantMembership } from '../../src/store/postgres/queries/memberships.ts'
import { revokeTokens } from '../../src/store/postgres/revoke-tokens.ts'
import type { Transactions } from '../../src/store/postgres/transaction.ts'
import { answerFor } from '../load/answer.ts'
import { monotonicMs } from '../load/metronome.ts'
import type { BenchUser } from '../load/population.ts'
import type { Summary } from '../load/samples.ts'
import { summarise } from '../load/samples.ts'
import type { Outcome, Probe } from './prober.ts'
import { createProber } from './prober.ts'

/** One whose token every sidecar is asked with. */
export type Caller = { readonly user: BenchUser; readonly token: string }

/** Something that takes a right away, and the refusal that says so afterwards. */
export type Withdrawal = {
  readonly name: string
  readonly code: string
  /** Resolves right after the commit. */
  readonly commit: (caller: Caller) => Promise<unknown>
}

export type Forgotten = {
  readonly name: string
  readonly sidecars: number
  readonly askedEveryMs: number
  /** From the commit until the last sidecar refused, of each repeat. */
  readonly lastMs: Summary
  /** The same until each of the sidecars refused. */
  readonly eachMs: Summary
  /** Answers in between that nobody could tell, 503. */
  readonly unavailable: number
}

export type Watched = {
  readonly ports: readonly number[]
  readonly everyMs: number
  readonly withinMs: number
}

/** A look at the outbox must not always be as far away as it was the last time. */
const phaseMsMax = 100

/** What takes access away from one who has it. */
export function withdrawals(runtime: Transactions, keptMs: number) {
  const demotion: Withdrawal = {
    name: 'a member becomes a guest',
    code: 'PERMISSION_MISSING',
    commit: ({ user }) =>
      runtime.inTenant(user.tenantId, async session => {
        const changing = await changeAccess(session, { kind: 'membership.changed', subject: user.userId })
        await putTenantMembership(changing, { userId: user.userId, role: 'guest' })
      }),
  }
  const removal: Withdrawal = {
    name: 'a member is removed',
    code: 'CROSS_TENANT',
    commit: ({ user }) =>
      runtime.inTenant(user.tenantId, async session => {
        const changing = await changeAccess(session, { kind: 'membership.removed', subject: user.userId })
        await deleteTenantMembership(changing, user.userId)
      }),
  }
  const revocation = (issuer: string): Withdrawal => ({
    name: 'all tokens of a principal are revoked',
    code: 'TOKEN_REVOKED',
    commit: ({ user }) =>
      revokeTokens(runtime, {
        id: uuidv7(),
        tokens: { kind: 'principal', issuer, subject: user.objectId, inTenant: null },
        keptMs,
        reason: 'bench',
      }),
  })
  return { demotion, removal, revocation }
}

/** One caller after the other: let in by every sidecar, then withdrawn, and asked with until the last has refused. */
export async function forgetInTurn(
  withdrawal: Withdrawal,
  callers: readonly Caller[],
  watched: Watched,
): Promise<Forgotten> {
  const repeats: Repeat[] = []
  for (const caller of callers) repeats.push(await forgetOne(withdrawal, caller, watched))
  return summary(withdrawal, watched, repeats)
}

/** All callers at a time, for what takes long. `cut` is called when all are let in, right before the commits. */
export async function forgetTogether(
  withdrawal: Withdrawal,
  callers: readonly Caller[],
  watched: Watched,
  cut: () => Promise<unknown>,
): Promise<Forgotten> {
  const all = Promise.withResolvers<void>()
  let letIn = 0
  const whenAllAreIn = async () => {
    letIn += 1
    if (letIn === callers.length) cut().then(() => all.resolve(), all.reject)
    await all.promise
  }
  const repeats = await Promise.all(
    callers.map(caller => forgetOne(withdrawal, caller, watched, whenAllAreIn)),
  )
  return summary(withdrawal, watched, repeats)
}

type Repeat = { readonly ms: readonly number[]; readonly unavailable: number }

async function forgetOne(
  withdrawal: Withdrawal,
  caller: Caller,
  { ports, everyMs, withinMs }: Watched,
  whenLetIn: () => Promise<unknown> = () => Promise.resolve(),
): Promise<Repeat> {
  const prober = createProber(ports)
  const probe = { ...probeOf(caller, withdrawal.code), everyMs, withinMs }
  try {
    await prober.untilEach(probe, 'let in')
    await whenLetIn()
    const asking = prober.untilEach(probe, 'refused')
    asking.catch(() => {})
    await sleep(Math.random() * phaseMsMax)
    await withdrawal.commit(caller)
    const committedMs = monotonicMs()
    const { atMs, unavailable } = await asking
    return { ms: atMs.map(ms => ms - committedMs), unavailable }
  } finally {
    prober.close()
  }
}

function summary({ name }: Withdrawal, { ports, everyMs }: Watched, repeats: readonly Repeat[]): Forgotten {
  return {
    name,
    sidecars: ports.length,
    askedEveryMs: everyMs,
    lastMs: summarise(repeats.map(({ ms }) => Math.max(...ms))),
    eachMs: summarise(repeats.flatMap(({ ms }) => ms)),
    unavailable: repeats.reduce((sum, one) => sum + one.unavailable, 0),
  }
}

/** Something that a member may do and a guest may not. */
function probeOf({ user, token }: Caller, code: string): Pick<Probe, 'request' | 'outcomeOf'> {
  const request =
    'POST /notes HTTP/1.1\r\nHost: bench.example\r\nContent-Length: 0\r\n' +
    `Authorization: Bearer ${token}\r\n\r\n`
  const right = answerFor(user.tenantId, true)
  return {
    request,
    outcomeOf(status, body): Outcome {
      if (status === 200 && body === right) return 'let in'
      if (body.includes(`"code":"${code}"`)) return 'refused'
      if (status === 503) return 'unavailable'
      throw new Error(`a sidecar answered what it should not: ${status} ${body.slice(0, 200)}`)
    },
  }
}
