import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { scramVerifier } from './scram.ts'

/**
 * Roles belong to the cluster, not to the database: many databases share them and many migrators may make them at once.
 * So each step looks first, and one that lost a race (someone made the same role, or changed it meanwhile) is tried again.
 *
 * - postern_owner owns everything and cannot log in. NOINHERIT: the resolver's policy is not also the owner's.
 * - postern_runtime is what control planes log in as.
 * - postern_reporting reads one tenant at a time. It has no password until someone sets one.
 * - postern_resolver owns the one function that finds a tenant by its slug (0001_tenants.sql).
 * - postern_access owns the functions that announce a change of access (0008_access_changes.sql).
 */
export async function ensureRoles(client: pg.Client): Promise<void> {
  await ensureRole(client, 'postern_owner', 'CREATE ROLE postern_owner NOLOGIN NOINHERIT')
  await ensureRole(client, 'postern_runtime', 'CREATE ROLE postern_runtime LOGIN')
  await ensureRole(client, 'postern_reporting', 'CREATE ROLE postern_reporting LOGIN')
  await ensureRole(client, 'postern_resolver', 'CREATE ROLE postern_resolver NOLOGIN')
  await ensureRole(client, 'postern_access', 'CREATE ROLE postern_access NOLOGIN')
  await ensureMember(client, 'postern_owner', 'postern_resolver')
  await ensureMember(client, 'postern_owner', 'postern_access')
  const [login] = (await client.query<{ name: string }>('SELECT current_user AS name')).rows
  await ensureMember(client, login!.name, 'postern_owner')
  await ensureMember(client, login!.name, 'postern_runtime')
}

/** Gives the runtime role its password, which Postgres and its logs see only as a SCRAM verifier. */
export async function setRuntimePassword(client: pg.Client, password: string): Promise<void> {
  const verifier = scramVerifier(password, randomBytes(16))
  // ALTER ROLE takes no parameters; the verifier is base64 and punctuation, without a quote.
  await untilUncontested(() => client.query(`ALTER ROLE postern_runtime PASSWORD '${verifier}'`))
}

async function ensureRole(client: pg.Client, name: string, create: string): Promise<void> {
  await untilUncontested(async () => {
    const found = await client.query<{ unbound: boolean }>(
      'SELECT rolsuper OR rolbypassrls AS unbound FROM pg_catalog.pg_roles WHERE rolname = $1',
      [name],
    )
    if (found.rows[0]?.unbound) {
      throw new Error(
        `the role ${name} exists and bypasses row level security: make it NOSUPERUSER NOBYPASSRLS`,
      )
    }
    if (found.rows.length === 0) await client.query(create)
  })
}

/** From 16 on, whoever makes a role is a member of it that cannot take it on; before, every member can. */
async function ensureMember(client: pg.Client, member: string, role: string): Promise<void> {
  await untilUncontested(async () => {
    const found = await client.query<{ able: boolean }>(
      `SELECT pg_catalog.pg_has_role($1, $2,
         CASE WHEN pg_catalog.current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END) AS able`,
      [member, role],
    )
    if (!found.rows[0]!.able) await client.query(`GRANT ${role} TO ${pg.escapeIdentifier(member)}`)
  })
}

/** What a race for a role looks like: made by someone else (42710, 23505), or "tuple concurrently updated" (XX000). */
const contested = new Set(['42710', '23505', 'XX000'])
const attempts = 50

async function untilUncontested(step: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await step()
      return
    } catch (error) {
      const code = error instanceof pg.DatabaseError ? (error.code ?? '') : ''
      if (code === forbidden) throw new Error(`${(error as Error).message}. ${whoMay}`)
      if (!contested.has(code) || attempt === attempts) throw error
    }
  }
}

const forbidden = '42501'
/** From 16 on, CREATEROLE is power over the roles that one has made, and over no others. */
const whoMay =
  'Migrate as a superuser, or as a role with CREATEROLE that has made the roles postern_… of this cluster itself'
