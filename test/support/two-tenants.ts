import type pg from 'pg'
import { v7 } from 'uuid'

/** Every change of access in this transaction counts as announced; only a superuser can say so. */
export const announceEverything = `
  UPDATE postern.tenants SET access_changed_by = pg_current_xact_id();
  UPDATE postern.users SET access_changed_by = pg_current_xact_id();
  UPDATE postern.services SET access_changed_by = pg_current_xact_id();
  UPDATE postern.roles SET access_changed_by = pg_current_xact_id();
  UPDATE postern.plans SET access_changed_by = pg_current_xact_id()`

export type TwoTenants = {
  readonly mine: string
  readonly theirs: string
  /** Deleted, so that its slug answers nothing. */
  readonly goneSlug: string
}

/**
 * Two tenants with rows in every tenant table, and a deleted one. Nothing that one of them holds, no id, name, reason or
 * number, occurs in the other: so whatever shows a value of the other has leaked. As a superuser; the planner knows the
 * statistics of every table afterwards.
 */
export async function insertTwoTenants(client: pg.Client): Promise<TwoTenants> {
  await client.query('BEGIN')
  const mine = await insertTenant(client, 'alpha')
  const theirs = await insertTenant(client, 'bravo')
  await client.query(
    `INSERT INTO postern.tenants (id, slug, name, plan, deleted_at, purge_after)
     VALUES ($1, 'charlie', 'charlie is deleted', 'free', now(), now() + interval '1 day')`,
    [v7()],
  )
  await client.query('COMMIT')
  await client.query(statisticsOfAll)
  await client.query('ANALYZE')
  return { mine, theirs, goneSlug: 'charlie' }
}

/** Extended statistics keep values as well. */
const statisticsOfAll = `
  DO $$ DECLARE made record; BEGIN
    FOR made IN
      SELECT c.relname AS name, string_agg(quote_ident(a.attname), ', ') AS columns
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum BETWEEN 1 AND 3
       WHERE c.relnamespace = 'postern'::regnamespace AND c.relkind = 'r' AND c.relrowsecurity GROUP BY 1
    LOOP
      EXECUTE format('CREATE STATISTICS postern.%I (mcv) ON %s FROM postern.%I', made.name || '_seen', made.columns, made.name);
    END LOOP;
  END $$`

async function insertTenant(client: pg.Client, name: string): Promise<string> {
  const [id, boss, worker, operator, service, room, due, role] = Array.from({ length: 8 }, () => v7())
  const run = (text: string, ...values: unknown[]) => client.query(text, values)
  await run(
    `INSERT INTO postern.tenants (id, slug, name, plan, settings)
     VALUES ($1, $2, $2 || ' incorporated', 'free', jsonb_build_object('motto', $2::text || ' first'))`,
    id,
    name,
  )
  await run(
    `INSERT INTO postern.users (id, display_name)
     VALUES ($1, $4 || ' boss'), ($2, $4 || ' worker'), ($3, $4 || ' operator')`,
    boss,
    worker,
    operator,
    name,
  )
  await run(
    `INSERT INTO postern.services (id, name, issuer, subject) VALUES ($1, $2 || '-service', 'https://id.example/', $2)`,
    service,
    name,
  )
  await run('INSERT INTO postern.operators (user_id) VALUES ($1)', operator)
  await run(announceEverything)
  await run(
    `INSERT INTO postern.workspaces (tenant_id, id, slug, name, deleted_at, purge_after)
     VALUES ($1, $2, $4 || '-room', $4 || ' room', NULL, NULL),
            ($1, $3, $4 || '-due', $4 || ' due', now() - interval '2 days', now() - interval '1 day')`,
    id,
    room,
    due,
    name,
  )
  await run(
    `INSERT INTO postern.projects (tenant_id, id, workspace_id, slug, name, deleted_at, purge_after)
     VALUES ($1, gen_random_uuid(), $2, $3 || '-project', $3 || ' project', NULL, NULL),
            ($1, gen_random_uuid(), $2, $3 || '-expired', $3 || ' expired', now(), now() - interval '1 day')`,
    id,
    room,
    name,
  )
  await run(
    `INSERT INTO postern.custom_roles (tenant_id, id, workspace_id, name, description)
     VALUES ($1, $2, NULL, $4 || '-role', $4 || ' does things'), ($1, gen_random_uuid(), $3, $4 || '-room-role', '')`,
    id,
    role,
    room,
    name,
  )
  await run(
    "INSERT INTO postern.custom_role_permissions (tenant_id, role_id, permission) VALUES ($1, $2, 'self:read')",
    id,
    role,
  )
  await run(
    `INSERT INTO postern.tenant_memberships (tenant_id, user_id, role, custom_role_id)
     VALUES ($1, $2, NULL, $3), ($1, $4, 'member', NULL)`,
    id,
    worker,
    role,
    boss,
  )
  await run(
    `INSERT INTO postern.workspace_memberships (tenant_id, workspace_id, user_id, custom_role_id, custom_role_scope)
     VALUES ($1, $2, $3, $4, $1)`,
    id,
    room,
    worker,
    role,
  )
  await run(
    `INSERT INTO postern.plan_limit_overrides (tenant_id, name, window_ms, max, reason)
     VALUES ($1, $2 || '-minute', 60000, length($2), $2 || ' asked for it')`,
    id,
    name,
  )
  await run(
    `INSERT INTO postern.identities (issuer, subject, user_id) VALUES ('https://id.example/', $2 || '-worker', $1)`,
    worker,
    name,
  )
  await run(
    "INSERT INTO postern.service_permissions (service_id, permission) VALUES ($1, 'self:read')",
    service,
  )
  await run('INSERT INTO postern.service_grants (tenant_id, service_id) VALUES ($1, $2)', id, service)
  await run(
    `INSERT INTO postern.break_glass_grants (tenant_id, id, operator_id, role, reason, expires_at)
     VALUES ($1, gen_random_uuid(), $2, 'admin', $3 || ' has an incident', now() + interval '1 hour')`,
    id,
    operator,
    name,
  )
  await run(
    `INSERT INTO postern.outbox (tenant_id, aggregatetype, aggregateid, type, payload)
     VALUES ($1::uuid, 'access', $1::uuid::text, 'tenant.created', jsonb_build_object('subject', $2 || ' began'))`,
    id,
    name,
  )
  return id!
}
