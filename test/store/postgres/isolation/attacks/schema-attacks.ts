import { v7 } from 'uuid'
import type { Outcome, Scene } from '../scene.ts'
import { announcementAttacks } from './announcements.ts'
import { unlessDenied, unlessSilent } from './attack.ts'
import { readDocument } from './document.ts'
import { exceedRights, useRights } from './privileges.ts'

/** What is tried once, on the schema as a whole. */
export type SchemaAttack = {
  readonly name: string
  /** `tables` narrows what goes through every table to these. */
  readonly leaks: (scene: Scene, tables?: readonly string[]) => Promise<readonly string[]>
}

export const schemaAttacks: readonly SchemaAttack[] = [
  { name: 'look through a view', leaks: lookThroughViews },
  { name: 'read a sequence', leaks: readSequences },
  { name: 'create in the schema', leaks: createInSchema },
  { name: 'find a tenant by its slug', leaks: findTenant },
  { name: 'take the slug of another tenant', leaks: takeSlug },
  { name: 'see deleted tenants as the resolver', leaks: seeDeleted },
  { name: 'change what is over', leaks: changeEnded },
  { name: 'slip something under a definer', leaks: slipUnder },
  { name: 'exceed one’s rights', leaks: exceedRights },
  { name: 'use one’s rights', leaks: useRights },
  ...announcementAttacks,
  { name: 'read an access document', leaks: readDocument },
]

/** Ours can log in as these two; the last two own functions and cannot. */
const loginRoles = ['postern_runtime', 'postern_reporting']
const unprivileged = [...loginRoles, 'postern_resolver', 'postern_access']

async function lookThroughViews(scene: Scene): Promise<readonly string[]> {
  const leaks: string[] = []
  for (const view of await relations(scene, ['v', 'm', 'f'])) {
    for (const role of loginRoles) {
      const outcome = await scene.attempt({ role, text: `SELECT * FROM postern.${view}` })
      leaks.push(...unlessSilent(`view ${view}`, outcome))
    }
  }
  return leaks
}

async function readSequences(scene: Scene): Promise<readonly string[]> {
  const leaks: string[] = []
  for (const sequence of await relations(scene, ['S'])) {
    for (const role of loginRoles) {
      for (const text of [
        `SELECT last_value FROM postern.${sequence}`,
        `SELECT nextval('postern.${sequence}')`,
      ]) {
        leaks.push(...unlessDenied(`sequence ${sequence}`, await scene.attempt({ role, text })))
      }
    }
  }
  return leaks
}

async function createInSchema(scene: Scene): Promise<readonly string[]> {
  const leaks: string[] = []
  for (const role of unprivileged) {
    for (const text of [
      'CREATE TABLE postern.mine (id int)',
      'CREATE FUNCTION postern.mine() RETURNS int LANGUAGE sql RETURN 1',
      'CREATE SCHEMA mine',
      'CREATE TABLE public.mine (id int)',
    ]) {
      leaks.push(...unlessDenied(`${role}: ${text}`, await scene.attempt({ role, text })))
    }
  }
  return leaks
}

/** The id behind a slug that one has, of a tenant that is there: no more is answered, and no list. */
async function findTenant(scene: Scene): Promise<readonly string[]> {
  const { theirs, goneSlug } = scene.tenants
  const ask = (slug: string, role = 'postern_runtime') =>
    scene.attempt({ role, text: 'SELECT postern.tenant_id_of($1) AS id', values: [slug] })
  const answers = [await ask('bravo'), await ask(goneSlug), await ask('nobody'), await ask('%')]
  const expected = [theirs, null, null, null]
  const wrong = answers.filter(({ rows }, index) => rows[0]?.id !== expected[index])
  return [
    ...wrong.map(({ error }) => `a slug answers wrongly: ${error ?? 'another id'}`),
    ...(answers[0]!.told.every(secret => secret === theirs) ? [] : ['a slug tells more than an id']),
    ...unlessDenied('reporting asks for a slug', await ask('bravo', 'postern_reporting')),
  ]
}

/** Slugs are one namespace: one that is taken, also by a tenant that is deleted, is refused. That much can be learned. */
async function takeSlug(scene: Scene): Promise<readonly string[]> {
  const tenant = v7()
  const leaks: string[] = []
  for (const slug of ['bravo', scene.tenants.goneSlug]) {
    for (const attempt of [
      {
        tenant,
        text: `INSERT INTO postern.tenants (id, slug, name, plan) VALUES ('${tenant}', $1, 'New', 'free')`,
      },
      { text: 'UPDATE postern.tenants SET slug = $1' },
    ]) {
      const outcome = await scene.attempt({ role: 'postern_runtime', ...attempt, values: [slug] })
      if (outcome.error !== '23505') leaks.push(`a slug is taken twice: ${outcome.error ?? 'succeeds'}`)
      leaks.push(...unlessSilent('a slug that is taken', outcome))
    }
  }
  return leaks
}

/** In case something ever runs as the owner of the function that answers slugs. */
async function seeDeleted(scene: Scene): Promise<readonly string[]> {
  const text = 'SELECT slug FROM postern.tenants WHERE deleted_at IS NOT NULL'
  const { count } = await scene.attempt({ role: 'postern_resolver', text })
  return count === 0 ? [] : ['the resolver sees deleted tenants']
}

/** How a row ends that nobody may change afterwards, and what somebody might try. */
const endings: readonly (readonly [string, string, string])[] = [
  ['tenants', 'deleted_at = now(), purge_after = now(), purged_at = now()', "name = 'back'"],
  ['break_glass_grants', 'closed_at = now()', 'closed_at = NULL'],
]

async function changeEnded(scene: Scene): Promise<readonly string[]> {
  const leaks: string[] = []
  for (const [table, ending, change] of endings) {
    const { error, count } = await scene.attempt({
      role: 'postern_runtime',
      setUp: `UPDATE postern.${table} SET ${ending}`,
      text: `UPDATE postern.${table} SET ${change}`,
    })
    if (error !== null || count > 0)
      leaks.push(`${table} change after their end: ${error ?? `${count} rows`}`)
  }
  return leaks
}

/** A type of one's own where the function expects uuid would run as the function's owner. */
async function slipUnder(scene: Scene): Promise<readonly string[]> {
  const text = `
    CREATE FUNCTION pg_temp.spy(pg_catalog.uuid) RETURNS boolean LANGUAGE plpgsql
      AS $$ BEGIN RAISE NOTICE 'as %', current_user; RETURN true; END $$;
    CREATE DOMAIN pg_temp.uuid AS pg_catalog.uuid CHECK (pg_temp.spy(VALUE));
    CREATE TABLE pg_temp.tenants (id pg_catalog.uuid, slug text, deleted_at timestamptz);
    INSERT INTO pg_temp.tenants VALUES ('00000000-0000-0000-0000-000000000001', 'nobody');
    SET LOCAL search_path = pg_temp, postern, pg_catalog;
    UPDATE postern.tenants SET status = 'active';
    SELECT postern.change_access('tenant.changed', 'x'), postern.tenant_id_of('nobody') AS id`
  const outcome: Outcome = await scene.attempt({ role: 'postern_runtime', text })
  return [
    ...(outcome.said.includes('as postern_access') ? ['code of the caller runs as postern_access'] : []),
    ...(outcome.rows[0]?.id === null ? [] : [`a temporary table stands in: ${outcome.error ?? 'answered'}`]),
  ]
}

async function relations(scene: Scene, kinds: readonly string[]): Promise<readonly string[]> {
  const { rows } = await scene.witness(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'postern'::regnamespace AND relkind = ANY ($1)`,
    [kinds],
  )
  return rows.map(({ name }) => String(name))
}
