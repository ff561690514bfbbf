import type { Guard } from '../plan.ts'
import type { Scene } from '../scene.ts'
import { unlessDenied } from './attack.ts'
import type { SchemaAttack } from './schema-attacks.ts'

/** Ways to change access without anybody hearing of it, or to make others hear of what did not happen. */
export const announcementAttacks: readonly SchemaAttack[] = [
  { name: 'announce a change', leaks: announce },
  { name: 'announce what is not one’s own', leaks: announceForOthers },
  { name: 'write versions and events', leaks: writeVersions },
  { name: 'change access unannounced', leaks: changeUnannounced },
]

/** Who announces what, and whether it reaches the tenant of the announcer, and the other one. */
const announcements: readonly (readonly [string, string, { mine: boolean; theirs: boolean }])[] = [
  ['postern_runtime', "change_access('membership.changed', 'someone')", { mine: true, theirs: false }],
  // Whoever is changed is changed in every tenant: these reach others on purpose.
  ['postern_runtime', ofUser('bravo worker'), { mine: false, theirs: true }],
  ['postern_runtime', ofUser('bravo operator'), { mine: false, theirs: true }],
  [
    'postern_owner',
    ofOne('service', "(SELECT id FROM postern.services WHERE name = 'bravo-service')"),
    { mine: false, theirs: true },
  ],
  ['postern_owner', ofOne('plan', "'free'"), { mine: true, theirs: true }],
  ['postern_owner', ofOne('role', "'guest'"), { mine: true, theirs: true }],
]

/** One version more and one event, of each tenant that it concerns and of no other; and the caller is told nothing. */
async function announce(scene: Scene): Promise<readonly string[]> {
  const { mine, theirs } = scene.tenants
  const state = (tenant: string) => `(SELECT json_build_array(access_version,
      (SELECT count(*) FROM postern.outbox o WHERE o.tenant_id = t.id)) FROM postern.tenants t WHERE id = '${tenant}')`
  const states = `SELECT ${state(mine)} AS mine, ${state(theirs)} AS theirs`
  const [before] = (await scene.witness(states)).rows as [States]
  const leaks: string[] = []
  for (const [role, call, reaches] of announcements) {
    const text = `SELECT postern.${call}; SET LOCAL ROLE NONE; ${states}`
    const { error, rows } = await scene.attempt({ role, text })
    const [after] = rows as readonly (States | undefined)[]
    for (const who of ['mine', 'theirs'] as const) {
      const more = reaches[who] ? 1 : 0
      const right = after?.[who][0] === before[who][0] + more && after[who][1] === before[who][1] + more
      if (!right) leaks.push(`${call}: ${error ?? `${who} is at ${after?.[who]}`}`)
    }
  }
  return leaks
}

type States = { readonly mine: [number, number]; readonly theirs: [number, number] }

function ofUser(displayName: string): string {
  return ofOne('user', `(SELECT id FROM postern.users WHERE display_name = '${displayName}')`)
}

function ofOne(kind: string, changed: string): string {
  return `change_access_of_${kind}('${kind}.changed', ${changed})`
}

async function announceForOthers(scene: Scene): Promise<readonly string[]> {
  const { theirs } = scene.tenants
  const ownersOnly = [
    `postern.change_access_of_service('service.changed', '${theirs}')`,
    "postern.change_access_of_plan('plan.changed', 'free')",
    "postern.change_access_of_role('role.changed', 'guest')",
    `postern.bump_access(ARRAY['${theirs}'::uuid], 'tenant.changed', 'x')`,
  ]
  const ours = [
    "postern.change_access('tenant.changed', 'x')",
    `postern.change_access_of_user('x.y', '${theirs}')`,
  ]
  const leaks: string[] = []
  for (const [role, calls] of [
    ['postern_runtime', ownersOnly],
    ['postern_reporting', [...ownersOnly, ...ours]],
    ['postern_resolver', [...ownersOnly, ...ours]],
  ] as const) {
    for (const call of calls)
      leaks.push(...unlessDenied(`${role}: ${call}`, await scene.attempt({ role, text: `SELECT ${call}` })))
  }
  return leaks
}

async function writeVersions(scene: Scene): Promise<readonly string[]> {
  const leaks: string[] = []
  for (const role of ['postern_runtime', 'postern_reporting']) {
    for (const text of [
      'UPDATE postern.tenants SET access_version = access_version + 1',
      'UPDATE postern.tenants SET access_changed_by = pg_current_xact_id()',
      'UPDATE postern.users SET access_changed_by = pg_current_xact_id()',
      'UPDATE postern.services SET access_changed_by = pg_current_xact_id()',
      `INSERT INTO postern.outbox (tenant_id, aggregatetype, aggregateid, type, payload)
       VALUES ('${scene.tenants.mine}', 'access', 'x', 'tenant.changed', '{}')`,
      'UPDATE postern.outbox SET payload = payload',
      'DELETE FROM postern.outbox',
    ]) {
      leaks.push(...unlessDenied(`${role}: ${text}`, await scene.attempt({ role, text })))
    }
  }
  const read = await scene.attempt({ role: 'postern_runtime', text: 'SELECT FROM postern.outbox' })
  return [...leaks, ...unlessDenied('the runtime role reads the outbox', read)]
}

/** As a superuser, whom no right and no policy stops: every guard has to stop it, and by itself. */
async function changeUnannounced(scene: Scene): Promise<readonly string[]> {
  const forget = ['tenants', 'users', 'services', 'roles', 'plans'].map(
    table => `UPDATE postern.${table} SET access_changed_by = NULL`,
  )
  const statements = scene.plan.guards.flatMap(statementsOf)
  const answers = await scene.attemptEach(
    { role: 'NONE', setUp: forget.join('; ') },
    statements.map(({ text }) => text),
  )
  return statements.flatMap(({ text, refusal }, index) => {
    const { error, message } = answers[index]!
    return error === 'P0A01' && message === refusal ? [] : [`${text}: ${error ?? 'unannounced'}`]
  })
}

/** A cascade may be refused by the guard of another table: so the refusal has to name this one. */
function statementsOf({ table, onInsert, onDelete, updateOf }: Guard) {
  const name = `postern.${table}`
  const refused = (event: string, text: string) => ({
    text,
    refusal: `${event} of ${name} was not announced`,
  })
  return [
    ...updateOf.map(column => refused('update', `UPDATE ${name} SET ${column} = ${column}`)),
    ...(onInsert ? [refused('insert', `INSERT INTO ${name} SELECT * FROM ${name}`)] : []),
    ...(onDelete ? [refused('delete', `DELETE FROM ${name}`)] : []),
  ]
}
