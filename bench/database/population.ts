import type pg from 'pg'
import { words } from './words.ts'

export type Population = {
  readonly tenants: number
  /** Averages: a few tenants are much larger, most are smaller. */
  readonly usersPerTenant: number
  readonly workspacesPerTenant: number
  readonly projectsPerWorkspace: number
  /** Everything follows from these five numbers: the same ones make the same rows. */
  readonly seed: number
}

/** Generated rows are dated, and their ids with them, within these years, whenever they are generated. */
const history = { from: '2022-01-03T08:00:00Z', to: '2026-01-01T00:00:00Z' }

/**
 * Plans all tenants of a population in temporary tables and functions of this connection; writes nothing yet.
 *
 * Sizes are the quantiles of a Pareto distribution, dealt to the tenants in a shuffled order, so that totals hold for
 * small populations too. Whatever else is chosen is drawn by a hash of what it is for, never in an order. The hashes
 * are those that hash partitions rest on, hence the same in every version of Postgres.
 */
export async function planPopulation(client: pg.Client, population: Population): Promise<void> {
  // Intervals have days in them, and days have 24 hours everywhere only here.
  await client.query('SET timezone = UTC')
  await client.query(functions(streamOf(population)))
  await client.query(`
    CREATE TEMPORARY TABLE planned (
      number int PRIMARY KEY, id uuid, created_at timestamptz, slug text, name text, plan text, status text,
      deleted_at timestamptz, members int, workspaces int, custom_roles int, missing boolean);
    CREATE TEMPORARY TABLE members (
      number int, slot int, user_id uuid, visits boolean, joined_at timestamptz) ON COMMIT DELETE ROWS;
    CREATE TEMPORARY TABLE rooms (
      number int, place int, workspace_id uuid, opened_at timestamptz) ON COMMIT DELETE ROWS`)
  const { tenants, usersPerTenant, workspacesPerTenant } = population
  await client.query(planTenants, [
    tenants,
    stepThrough(tenants),
    usersPerTenant,
    workspacesPerTenant,
    words.first,
    words.second,
    words.business,
    words.form,
  ])
  await client.query('UPDATE planned SET missing = false FROM postern.tenants t WHERE t.id = planned.id')
  await client.query('ANALYZE planned')
}

/** Populations that differ in any number have no row in common. */
function streamOf(population: Population): string {
  const { seed, tenants, usersPerTenant, workspacesPerTenant, projectsPerWorkspace } = population
  return [tenants, usersPerTenant, workspacesPerTenant, projectsPerWorkspace].reduce(
    (stream, number) => `hashint8extended(${number}, ${stream})`,
    String(seed),
  )
}

/** A step that visits each of `count` places once, far apart: near the golden section, and prime to `count`. */
function stepThrough(count: number): number {
  let step = Math.max(1, Math.round(count * 0.618))
  while (divisor(step, count) !== 1) step += 1
  return step
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b)
}

function functions(stream: string): string {
  return `
    CREATE FUNCTION pg_temp.hashed(what text, a bigint, b bigint) RETURNS bigint LANGUAGE sql IMMUTABLE
      RETURN hashint8extended(a, hashint8extended(b, hashtextextended(what COLLATE "C", ${stream})));
    -- 53 bits that follow from what they are for: as many as a float8 holds.
    CREATE FUNCTION pg_temp.bits(what text, a bigint, b bigint) RETURNS bigint LANGUAGE sql IMMUTABLE
      RETURN pg_temp.hashed(what, a, b) & 9007199254740991;
    -- In [0, 1).
    CREATE FUNCTION pg_temp.draw(what text, a bigint, b bigint) RETURNS float8 LANGUAGE sql IMMUTABLE
      RETURN pg_temp.bits(what, a, b) / 9007199254740992.0::float8;
    CREATE FUNCTION pg_temp.word(list text[], drawn float8) RETURNS text LANGUAGE sql IMMUTABLE
      RETURN list[1 + floor(drawn * cardinality(list))::int];
    CREATE FUNCTION pg_temp.history_end() RETURNS timestamptz LANGUAGE sql IMMUTABLE
      RETURN timestamptz '${history.to}';
    CREATE FUNCTION pg_temp.history_start() RETURNS timestamptz LANGUAGE sql IMMUTABLE
      RETURN timestamptz '${history.from}';
    -- Some time after \`since\`, rather soon than late.
    CREATE FUNCTION pg_temp.later(since timestamptz, drawn float8) RETURNS timestamptz LANGUAGE sql STABLE
      RETURN since + (pg_temp.history_end() - since) * (drawn * drawn);
    -- UUIDv7 (RFC 9562): 48 bits of time, then what was drawn, with version and variant in their places.
    CREATE FUNCTION pg_temp.id(made_at timestamptz, what text, a bigint, b bigint) RETURNS uuid LANGUAGE sql STABLE
      RETURN encode(
        int8send((floor(extract(epoch FROM made_at) * 1000)::bigint << 16)
                 | 28672 | (pg_temp.bits(what || ', high', a, b) & 4095))
        || int8send((1::bigint << 63) | (pg_temp.hashed(what, a, b) & 4611686018427387903)), 'hex')::uuid;

    -- A slot of a tenant is filled by somebody who comes with it, or by a visitor, who came with an earlier tenant.
    CREATE FUNCTION pg_temp.visits(number bigint, slot bigint) RETURNS boolean LANGUAGE sql IMMUTABLE
      RETURN number > 0 AND slot > 0 AND pg_temp.draw('visits', number, slot) < 0.08;
    CREATE FUNCTION pg_temp.joined_at(since timestamptz, number bigint, slot bigint) RETURNS timestamptz
      LANGUAGE sql STABLE
      RETURN CASE slot WHEN 0 THEN since ELSE pg_temp.later(since, pg_temp.draw('joined', number, slot)) END;
    CREATE FUNCTION pg_temp.user_id(since timestamptz, number bigint, slot bigint) RETURNS uuid LANGUAGE sql STABLE
      RETURN pg_temp.id(pg_temp.joined_at(since, number, slot), 'user', number, slot);
    CREATE FUNCTION pg_temp.opened_at(since timestamptz, number bigint, place bigint) RETURNS timestamptz
      LANGUAGE sql STABLE
      RETURN CASE place WHEN 0 THEN since ELSE pg_temp.later(since, pg_temp.draw('opened', number, place)) END;
    CREATE FUNCTION pg_temp.workspace_id(since timestamptz, number bigint, place bigint) RETURNS uuid
      LANGUAGE sql STABLE
      RETURN pg_temp.id(pg_temp.opened_at(since, number, place), 'workspace', number, place);
    CREATE FUNCTION pg_temp.role_id(since timestamptz, number bigint, nth bigint) RETURNS uuid LANGUAGE sql STABLE
      RETURN pg_temp.id(since, 'custom role', number, nth);`
}

/** $1 tenants, $2 step, $3 users and $4 workspaces on average, $5 to $8 words. Large tenants tend to pay. */
const planTenants = `
  WITH numbered AS (
    SELECT number,
           1 - ((number::bigint * $2 + 1) % $1 + 0.5) / $1 AS larger,
           pg_temp.history_start() + (pg_temp.history_end() - pg_temp.history_start())
             * sqrt((number + 0.9 * pg_temp.draw('created', number, 0)) / $1) AS made_at,
           (number::bigint * 48271 + pg_temp.bits('words', 0, 0)) % (cardinality($5::text[]) * cardinality($6::text[]) * cardinality($7::text[]))
             AS words,
           number::bigint / (cardinality($5) * cardinality($6) * cardinality($7)) AS cycle
      FROM generate_series(0, $1::int - 1) AS number
  ), named AS (
    SELECT *, made_at AS created_at,
           concat_ws(' ', $5[1 + words % cardinality($5)], $6[1 + words / cardinality($5) % cardinality($6)],
                     $7[1 + words / cardinality($5) / cardinality($6)]) AS called,
           (1 - larger + pg_temp.draw('plan', number, 0)) / 2 AS pays,
           pg_temp.draw('status', number, 0) AS status_drawn
      FROM numbered
  ), sized AS (
    SELECT *, CASE WHEN pays > 0.842 THEN 'enterprise' WHEN pays > 0.613 THEN 'pro' ELSE 'free' END AS plan FROM named
  )
  INSERT INTO planned
  SELECT number, pg_temp.id(created_at, 'tenant', number, 0), created_at,
         replace(called, ' ', '-') || '-' || to_hex((cycle << 24) | (pg_temp.bits('slug', number, 0) & 16777215)),
         initcap(called) || ' ' || pg_temp.word($8, pg_temp.draw('form', number, 0)), plan,
         CASE WHEN status_drawn < 0.03 THEN 'suspended' WHEN status_drawn < 0.05 THEN 'archived' ELSE 'active' END,
         CASE WHEN status_drawn >= 0.98 THEN pg_temp.later(created_at, pg_temp.draw('deleted', number, 0)) END,
         greatest(1, round($3 * least(200, larger ^ (-1 / 1.5) / 3)))::int,
         greatest(least(1, $4), round($4 * least(20, larger ^ -0.4 * 0.6)))::int,
         CASE WHEN plan <> 'free' AND pg_temp.draw('custom roles', number, 0) < 0.4
              THEN 1 + floor(3 * pg_temp.draw('custom roles', number, 1))::int ELSE 0 END,
         true
    FROM sized`
