import { permissions, services, words } from './words.ts'

/** One statement of a batch: $1 and $2 are the first and the last number of its tenants, then `more`. */
export type Step = { readonly table: string; readonly text: string; readonly more: readonly unknown[] }

/** Whom the platform's identity provider signs in; the second one some users sign in at too. */
export const issuers = {
  first: 'https://login.generated.example/v2.0/',
  second: 'https://accounts.generated.example/',
} as const

const batch = 'FROM planned p WHERE p.number BETWEEN $1 AND $2 AND p.missing'
const joined = `FROM planned p JOIN members m ON m.number = p.number WHERE p.number BETWEEN $1 AND $2`
const purgeDelay = "interval '30 days'"

/** In the order in which rows refer to one another. Every tenant of a batch gets all its rows in one transaction. */
export function stepsOf(projectsPerWorkspace: number, operatorId: string): readonly Step[] {
  return [
    {
      table: 'tenants',
      text: `INSERT INTO postern.tenants (id, slug, name, status, plan, access_version, created_at, deleted_at, purge_after)
      SELECT id, slug, name, status, plan, 1 + floor(40 * pg_temp.draw('version', number, 0)), created_at, deleted_at,
             deleted_at + ${purgeDelay} ${batch}`,
      more: [],
    },
    {
      table: 'rooms',
      text: `INSERT INTO rooms
      SELECT p.number, place, pg_temp.workspace_id(created_at, number, place),
             pg_temp.opened_at(created_at, number, place)
        FROM planned p CROSS JOIN generate_series(0, p.workspaces - 1) AS place
       WHERE p.number BETWEEN $1 AND $2 AND p.missing`,
      more: [],
    },
    {
      table: 'workspaces',
      text: `INSERT INTO postern.workspaces (tenant_id, id, slug, name, created_at, deleted_at, purge_after)
      SELECT id, workspace_id, called || suffix, initcap(called) || replace(suffix, '-', ' '), opened_at, deleted_at,
             deleted_at + ${purgeDelay}
        FROM (SELECT p.id, workspace_id, opened_at,
                     ($3::text[])[1 + (place + pg_temp.bits('workspace name', p.number, 0)) % cardinality($3)] AS called,
                     CASE WHEN place < cardinality($3) THEN '' ELSE '-' || 1 + place / cardinality($3) END AS suffix,
                     CASE WHEN place > 0 AND pg_temp.draw('workspace deleted', p.number, place) < 0.04
                          THEN pg_temp.later(opened_at, pg_temp.draw('workspace deleted', place, p.number))
                     END AS deleted_at
                FROM planned p JOIN rooms r ON r.number = p.number
               WHERE p.number BETWEEN $1 AND $2) made`,
      more: [words.workspace],
    },
    {
      table: 'projects',
      text: `INSERT INTO postern.projects (tenant_id, id, workspace_id, slug, name, created_at, deleted_at, purge_after)
      SELECT id, pg_temp.id(made_at, 'project', number, place * 1000 + nth), workspace_id, called || suffix,
             initcap(replace(called || suffix, '-', ' ')), made_at, deleted_at, deleted_at + ${purgeDelay}
        FROM (SELECT p.id, p.number, place, nth, workspace_id,
                     pg_temp.later(opened_at, pg_temp.draw('project', p.number, place * 1000 + nth)) AS made_at,
                     ($4::text[])[1 + (nth + pg_temp.bits('project name', p.number, place)) % cardinality($4)]
                       AS called,
                     CASE WHEN nth < cardinality($4) THEN '' ELSE '-' || 1 + nth / cardinality($4) END AS suffix,
                     CASE WHEN pg_temp.draw('project deleted', p.number, place * 1000 + nth) < 0.03
                          THEN pg_temp.history_end() END AS deleted_at
                FROM planned p JOIN rooms r ON r.number = p.number
                CROSS JOIN generate_series(0, floor((2 * $3::float8 + 1)
                  * pg_temp.draw('projects', p.number, place))::int - 1) AS nth
               WHERE p.number BETWEEN $1 AND $2
              OFFSET 0) made`,
      more: [projectsPerWorkspace, words.project],
    },
    {
      table: 'custom_roles',
      text: `INSERT INTO postern.custom_roles (tenant_id, id, workspace_id, name, description, created_at)
      SELECT p.id, pg_temp.role_id(created_at, number, nth),
             CASE WHEN nth = p.custom_roles THEN pg_temp.workspace_id(created_at, number, 0) END,
             ($3::text[])[1 + (nth + pg_temp.bits('role name', number, 0)) % cardinality($3)],
             'Made by the tenant', created_at
        FROM planned p
        CROSS JOIN generate_series(0, CASE WHEN p.workspaces = 0 THEN p.custom_roles - 1 ELSE p.custom_roles END) AS nth
       WHERE p.number BETWEEN $1 AND $2 AND p.missing AND p.custom_roles > 0`,
      more: [words.customRole],
    },
    {
      table: 'custom_role_permissions',
      text: `INSERT INTO postern.custom_role_permissions (tenant_id, role_id, permission)
      SELECT p.id, pg_temp.role_id(created_at, number, nth), permission
        FROM planned p
        CROSS JOIN generate_series(0, CASE WHEN p.workspaces = 0 THEN p.custom_roles - 1 ELSE p.custom_roles END) AS nth
        CROSS JOIN unnest($3::text[]) WITH ORDINALITY AS given (permission, place)
       WHERE p.number BETWEEN $1 AND $2 AND p.missing AND p.custom_roles > 0
         AND (place = 1 OR pg_temp.draw('role permission', number, nth * 1000 + place) < 0.4)`,
      more: [['self:read', ...permissions.map(({ name }) => name)]],
    },
    {
      table: 'members',
      text: `INSERT INTO members
      SELECT DISTINCT ON (number, user_id) number, slot, user_id, visits, joined_at
        FROM (
          SELECT p.number, slot, false AS visits, pg_temp.user_id(p.created_at, p.number, slot) AS user_id,
                 pg_temp.joined_at(p.created_at, p.number, slot) AS joined_at
            FROM planned p CROSS JOIN generate_series(0, p.members - 1) AS slot
           WHERE p.number BETWEEN $1 AND $2 AND p.missing AND NOT pg_temp.visits(p.number, slot)
          UNION ALL
          SELECT number, slot, true, pg_temp.user_id(home_since, home, seat),
                 greatest(pg_temp.joined_at(created_at, number, slot), pg_temp.joined_at(home_since, home, seat))
            FROM (
              SELECT p.number, p.created_at, slot, h.number AS home, h.created_at AS home_since,
                     CASE WHEN pg_temp.visits(h.number, drawn.seat) THEN 0 ELSE drawn.seat END AS seat
                FROM planned p CROSS JOIN generate_series(0, p.members - 1) AS slot
                JOIN planned h ON h.number = floor(p.number * pg_temp.draw('home', p.number, slot))::int
                CROSS JOIN LATERAL (
                  SELECT floor(h.members * pg_temp.draw('seat', p.number, slot))::int AS seat) drawn
               WHERE p.number BETWEEN $1 AND $2 AND p.missing AND pg_temp.visits(p.number, slot)) visitor
        ) filled
       ORDER BY number, user_id, slot`,
      more: [],
    },
    {
      table: 'users',
      text: `INSERT INTO postern.users (id, display_name, created_at, deleted_at)
      SELECT user_id, pg_temp.word($3, pg_temp.draw('given', m.number, slot)) || ' '
               || pg_temp.word($4, pg_temp.draw('family', m.number, slot)), joined_at,
             CASE WHEN slot > 0 AND pg_temp.draw('user deleted', m.number, slot) < 0.01
                  THEN pg_temp.later(joined_at, pg_temp.draw('user deleted', slot, m.number)) END
        ${joined} AND NOT visits`,
      more: [words.given, words.family],
    },
    {
      table: 'identities',
      text: `INSERT INTO postern.identities (issuer, subject, user_id, created_at)
      SELECT issuer, md5(issuer || user_id)::uuid, user_id, joined_at
        ${joined.replace('WHERE', 'CROSS JOIN unnest($3::text[]) WITH ORDINALITY AS known (issuer, place) WHERE')}
         AND NOT visits AND (place = 1 OR pg_temp.draw('second identity', m.number, slot) < 0.05)`,
      more: [[issuers.first, issuers.second]],
    },
    {
      table: 'tenant_memberships',
      text: `INSERT INTO postern.tenant_memberships (tenant_id, user_id, role, custom_role_id, created_at)
      SELECT id, user_id,
             CASE WHEN NOT custom THEN CASE WHEN slot = 0 OR drawn < 0.02 THEN 'owner' WHEN drawn < 0.12 THEN 'admin'
                                            WHEN drawn < 0.82 THEN 'member' ELSE 'guest' END END,
             CASE WHEN custom THEN pg_temp.role_id(created_at, number, nth) END, joined_at
        FROM (SELECT p.id, p.number, p.created_at, slot, user_id, joined_at,
                     pg_temp.draw('role', p.number, slot) AS drawn,
                     slot > 0 AND custom_roles > 0 AND pg_temp.draw('custom', p.number, slot) < 0.2 AS custom,
                     floor(custom_roles * pg_temp.draw('which custom', p.number, slot))::int AS nth
                ${joined}) given`,
      more: [],
    },
    {
      table: 'workspace_memberships',
      text: `INSERT INTO postern.workspace_memberships
        (tenant_id, workspace_id, user_id, role, custom_role_id, custom_role_scope, created_at)
      SELECT id, workspace_id, user_id,
             CASE WHEN nth IS NULL THEN CASE WHEN drawn < 0.1 THEN 'admin' WHEN drawn < 0.8 THEN 'member'
                                             ELSE 'guest' END END,
             CASE WHEN nth IS NOT NULL THEN pg_temp.role_id(created_at, number, nth) END,
             CASE WHEN nth = custom_roles THEN workspace_id WHEN nth IS NOT NULL THEN id END,
             greatest(joined_at, opened_at)
        FROM (SELECT p.id, p.number, p.created_at, custom_roles, user_id, joined_at, workspace_id, opened_at,
                     pg_temp.draw('workspace role', p.number, slot * 2 + again) AS drawn,
                     CASE WHEN custom_roles > 0 AND pg_temp.draw('custom here', p.number, slot * 2 + again) < 0.15
                          THEN floor((custom_roles + CASE place WHEN 0 THEN 1 ELSE 0 END)
                                     * pg_temp.draw('which here', p.number, slot * 2 + again))::int END AS nth
                FROM planned p JOIN members m ON m.number = p.number
                CROSS JOIN generate_series(0, 1) AS again
                JOIN rooms r ON r.number = p.number AND r.place =
                  (floor(workspaces * pg_temp.draw('workspace', p.number, slot))::int + again) % workspaces
               WHERE p.number BETWEEN $1 AND $2 AND workspaces > again
                 AND (again = 0 OR pg_temp.draw('two workspaces', p.number, slot) < 0.5)) given`,
      more: [],
    },
    {
      table: 'plan_limit_overrides',
      text: `INSERT INTO postern.plan_limit_overrides (tenant_id, name, window_ms, max, reason, created_at, ends_at)
      SELECT id, l.name, l.window_ms, l.max * (2 + floor(9 * pg_temp.draw('more', number, 0)))::bigint,
             'Agreed with the customer', agreed_at,
             CASE WHEN ends < 0.33 THEN agreed_at + interval '90 days'
                  WHEN ends < 0.66 THEN pg_temp.history_end() + interval '10 years' END
        FROM (SELECT p.id, number, plan, pg_temp.draw('ends', number, 0) AS ends,
                     pg_temp.later(created_at, pg_temp.draw('agreed', number, 0)) AS agreed_at
                ${batch} AND pg_temp.draw('override', number, 0) < 0.06) o
        JOIN postern.plan_limits l USING (plan)
       WHERE l.name = pg_temp.word('{minute,hour,day}', pg_temp.draw('which limit', number, 0))`,
      more: [],
    },
    {
      table: 'service_grants',
      text: `INSERT INTO postern.service_grants (tenant_id, service_id, created_at)
      SELECT p.id, s.id, p.created_at
        FROM planned p CROSS JOIN unnest($3::text[]) WITH ORDINALITY AS wanted (name, place)
        JOIN postern.services s ON s.name = wanted.name
       WHERE p.number BETWEEN $1 AND $2 AND p.missing
         AND pg_temp.draw('service', number, place) < CASE p.plan WHEN 'free' THEN 0.1 ELSE 0.6 END`,
      more: [services],
    },
    {
      table: 'break_glass_grants',
      text: `INSERT INTO postern.break_glass_grants (tenant_id, id, operator_id, role, reason, opened_at, expires_at, closed_at)
      SELECT id, pg_temp.id(opened_at, 'break glass', number, 0), operator_id, 'admin', 'Looked into a support case',
             opened_at, opened_at + interval '1 hour',
             CASE WHEN pg_temp.draw('closed', number, 0) < 0.5 THEN opened_at + interval '20 minutes' END
        FROM (SELECT p.id, number, pg_temp.later(created_at, pg_temp.draw('glass', number, 1)) AS opened_at,
                     $3::uuid AS operator_id
                ${batch} AND pg_temp.draw('glass', number, 0) < 0.01) broken`,
      more: [operatorId],
    },
  ]
}
