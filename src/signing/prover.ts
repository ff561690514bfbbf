import type { PreparedAccess, PreparedWorkspace } from '../access/prepared-access.ts'
import type { Clock } from '../lib/clock.ts'
import type { Es256Key } from '../lib/es256.ts'
import { Fault } from '../lib/fault.ts'
import type { HeaderList } from '../lib/header-list.ts'
import type { AssertionSigner } from './assertion.ts'
import type { Prover } from './proof.ts'

/** What a field tells the service. */
export type ProvenFact = 'tenantId' | 'workspaceId' | 'userId' | 'roles' | 'plan'

export type ProverOptions = {
  readonly key: Es256Key
  readonly sign: AssertionSigner
  readonly lifetimeMs: number
  /** What every field of ours begins with, `X-QLP-`. */
  readonly prefix: string
  /** Further names for the same facts, which the service knows already. */
  readonly aliases: Readonly<Record<ProvenFact, readonly string[]>>
  readonly clock: Clock
}

type Block = { readonly headers: HeaderList; readonly renewAtMs: number }

const ownNames: readonly (readonly [ProvenFact, string])[] = [
  ['tenantId', 'Tenant-Id'],
  ['workspaceId', 'Workspace-Id'],
  ['userId', 'User-Id'],
  ['roles', 'Roles'],
  ['plan', 'Plan'],
]

/**
 * Builds the prover. A block of fields is signed once per access document and workspace, and again when half of its
 * life is over, so that whoever receives one can use it for the other half. The blocks hang on the prepared document:
 * one that the directory forgets takes them along, and a new access version begins without any.
 */
export function createProver(options: ProverOptions): Prover {
  const { clock, key, lifetimeMs } = options
  const fields = fieldTable(options)
  const assertionName = `${options.prefix}Assertion`
  const blocks = new WeakMap<PreparedAccess, Map<string, Block>>()
  const keys = Object.freeze({ keys: Object.freeze([key.publicJwk]) })
  return { prove, publicKeys: () => keys }

  function prove(access: PreparedAccess, workspace: PreparedWorkspace | null): HeaderList {
    let byWorkspace = blocks.get(access)
    if (byWorkspace === undefined) {
      byWorkspace = new Map()
      blocks.set(access, byWorkspace)
    }
    const place = workspace === null ? '' : workspace.id
    const nowMs = clock.nowMs()
    let block = byWorkspace.get(place)
    if (block === undefined || nowMs >= block.renewAtMs) {
      block = { headers: write(access, workspace, nowMs), renewAtMs: nowMs + lifetimeMs / 2 }
      byWorkspace.set(place, block)
    }
    return block.headers
  }

  function write(access: PreparedAccess, workspace: PreparedWorkspace | null, nowMs: number): HeaderList {
    const { tenant, principal, role, accessVersion, breakGlass } = access.document
    const roles = [plainWord('roles', role)]
    if (workspace !== null) roles.push(`workspace:${plainWord('roles', workspace.role)}`)
    const facts: Readonly<Record<ProvenFact, string | null>> = {
      tenantId: plainWord('tenantId', tenant.id),
      workspaceId: workspace === null ? null : plainWord('workspaceId', workspace.id),
      userId: plainWord('userId', principal.userId),
      roles: roles.join(','),
      plan: plainWord('plan', tenant.plan),
    }
    const headers: string[] = []
    for (const [fact, name] of fields) {
      const value = facts[fact]
      if (value !== null) headers.push(name, value)
    }
    const assertion = options.sign(
      {
        sub: principal.userId,
        tenant_id: tenant.id,
        ...(workspace === null ? {} : { workspace_id: workspace.id }),
        roles,
        plan: tenant.plan,
        access_version: accessVersion,
      },
      nowMs,
      breakGlass === null ? null : breakGlass.expiresAtMs,
    )
    headers.push(assertionName, assertion)
    return Object.freeze(headers)
  }
}

/** Each fact under our name, then under its aliases. */
function fieldTable({ prefix, aliases }: ProverOptions): readonly (readonly [ProvenFact, string])[] {
  return ownNames.flatMap(([fact, name]) => [
    [fact, `${prefix}${name}`] as const,
    ...aliases[fact].map(alias => [fact, alias] as const),
  ])
}

/**
 * A name with a line break in it would write a field of its own, one with a comma a second role, `workspace:owner` a
 * role in a workspace, and any byte beyond ASCII is read in two ways (threats 43, 44): refused, not repaired.
 */
function plainWord(fact: ProvenFact, value: string): string {
  if (/^[A-Za-z0-9._-]+$/.test(value)) return value
  throw new Fault('INTERNAL', 'write the fields that prove the tenant', { fact })
}
