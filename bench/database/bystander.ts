import { setTimeout as sleep } from 'node:timers/promises'
import { Fault } from '../../src/lib/fault.ts'
import { changeAccess } from '../../src/store/postgres/change-access.ts'
import type { TenantSession, Transactions } from '../../src/store/postgres/transaction.ts'
import type { Summary } from '../load/samples.ts'
import { summarise } from '../load/samples.ts'
import { someone } from './migration-rows.ts'

/** What somebody who worked beside the migrations saw of them. */
export type Bystood = {
  readonly latencyMs: Summary
  readonly transactions: readonly Span[]
  /** SQLSTATEs of what failed, and how often. */
  readonly failed: Readonly<Record<string, number>>
}

/** Of time, by performance.now(). */
export type Span = { readonly startMs: number; readonly endMs: number }

const pauseMs = 10

/** Repeats `work` until `signal`, with a pause of 10 ms, one at a time: what blocks it shows as one long run. */
export async function standBy(work: () => Promise<unknown>, signal: AbortSignal): Promise<Bystood> {
  const transactions: Span[] = []
  const failed: Record<string, number> = {}
  while (!signal.aborted) {
    const startMs = performance.now()
    try {
      await work()
    } catch (error) {
      const state = error instanceof Fault ? String(error.details.sqlState ?? error.code) : 'unknown'
      failed[state] = (failed[state] ?? 0) + 1
    }
    transactions.push({ startMs, endMs: performance.now() })
    await sleep(pauseMs)
  }
  const latencyMs = summarise(transactions.map(({ startMs, endMs }) => endMs - startMs))
  return { latencyMs, transactions, failed }
}

/** How much of `span` the transaction took that took most of it. */
export function longestWithin({ transactions }: Bystood, span: Span): number {
  return Math.max(
    0,
    ...transactions.map(one => Math.min(one.endMs, span.endMs) - Math.max(one.startMs, span.startMs)),
  )
}

/** A member's roles, from both tables that grow, as the runtime role. */
export function reader(transactions: Transactions): () => Promise<unknown> {
  const { tenantId, userId } = someone
  return () =>
    transactions.inTenant(tenantId, async session => {
      const rows = await session.rows(
        `SELECT m.role, w.role AS here FROM postern.tenant_memberships m
           JOIN postern.workspace_memberships w ON w.tenant_id = m.tenant_id AND w.user_id = m.user_id
          WHERE m.tenant_id = $1 AND m.user_id = $2`,
        [tenantId, userId],
      )
      if (rows.length !== 2) throw new Fault('INTERNAL', 'read two places of a member')
    })
}

/** Changes roles in both tables, as the runtime role; announces it as soon as the schema asks for that. */
export function writer(transactions: Transactions): () => Promise<unknown> {
  const { tenantId, workspaceId, userId } = someone
  let turn = 0
  return () => {
    turn += 1
    const role = turn % 2 === 0 ? 'member' : 'guest'
    return transactions.inTenant(tenantId, async session => {
      if (await announces(session))
        await changeAccess(session, { kind: 'membership.changed', subject: userId })
      await session.rows(
        'UPDATE postern.tenant_memberships SET role = $3 WHERE tenant_id = $1 AND user_id = $2',
        [tenantId, userId, role],
      )
      await session.rows(
        `UPDATE postern.workspace_memberships SET role = $4
          WHERE tenant_id = $1 AND workspace_id = $2 AND user_id = $3`,
        [tenantId, workspaceId, userId, role],
      )
    })
  }
}

async function announces(session: TenantSession): Promise<boolean> {
  const [found] = await session.rows<{ asked: boolean }>(
    "SELECT to_regproc('postern.change_access') IS NOT NULL AS asked",
    [],
  )
  return found!.asked
}
