import pg from 'pg'
import type { TwoTenants } from '../../../support/two-tenants.ts'
import { announceEverything } from '../../../support/two-tenants.ts'
import type { Plan, TenantTable } from './plan.ts'

export type Row = Readonly<Record<string, unknown>>

/** What an attacker learns from one statement: its rows or its error, and every value of the other tenant in either. */
export type Outcome = {
  /** SQLSTATE; null when the statement succeeded. */
  readonly error: string | null
  readonly rows: readonly Row[]
  readonly count: number
  /** Rows, messages, details, hints, notices and copied data, as text. */
  readonly said: string
  /** Values of the other tenant in it. */
  readonly told: readonly string[]
}

export type Attempt = {
  readonly role: string
  /** By default the attacker's own; '' is none. */
  readonly tenant?: string
  /** Done before, as the superuser, and undone with the attempt. */
  readonly setUp?: string
  readonly text: string
  readonly values?: readonly unknown[]
}

/**
 * A transaction of a superuser in which attacks are staged: each attempt takes the attacker's role and tenant on, and is
 * undone. All access changes are announced in it, so that no guard stands in for row level security.
 */
export class Scene {
  readonly plan: Plan
  readonly tenants: TwoTenants
  readonly #client: pg.Client
  readonly #rows = new Map<string, { readonly mine: readonly Row[]; readonly theirs: readonly Row[] }>()
  #secrets: readonly string[] = []
  #heard: string[] = []

  private constructor(client: pg.Client, plan: Plan, tenants: TwoTenants) {
    this.#client = client
    this.plan = plan
    this.tenants = tenants
  }

  /** Reads both tenants' rows on the way: before a mutation, which might take them away. */
  static async open(client: pg.Client, plan: Plan, tenants: TwoTenants): Promise<Scene> {
    const scene = new Scene(client, plan, tenants)
    await client.query(`BEGIN; SET LOCAL jit = off; ${announceEverything}`)
    for (const table of plan.tables) await scene.#remember(table)
    scene.#secrets = secretsAmong([...scene.#rows.values()])
    return scene
  }

  mine(table: TenantTable): readonly Row[] {
    return this.#rows.get(table.name)!.mine
  }

  theirs(table: TenantTable): readonly Row[] {
    return this.#rows.get(table.name)!.theirs
  }

  /** Changes the schema as the superuser for the length of `work`. */
  async changed<Result>(text: string, work: () => Promise<Result>): Promise<Result> {
    await this.#client.query(`SAVEPOINT change; ${text}`)
    try {
      return await work()
    } finally {
      await this.#client.query('ROLLBACK TO SAVEPOINT change; RELEASE SAVEPOINT change')
    }
  }

  /** As the superuser, and undone. */
  async witness(text: string, values: readonly unknown[] = [], setUp = ''): Promise<Outcome> {
    return await this.#undone(`${setUp};`, () => this.#run(text, values))
  }

  /** What one statement of an attacker tells. */
  async attempt(attempt: Attempt): Promise<Outcome> {
    return await this.#undone(enter(attempt, this.tenants.mine), () =>
      this.#run(attempt.text, attempt.values),
    )
  }

  /** Whether one statement of an attacker touched a row of the other tenant, a lock on it included. */
  async touches(attempt: Attempt): Promise<{ readonly outcome: Outcome; readonly touched: boolean }> {
    const { mine, theirs } = this.tenants
    const footprint = footprintText(this.plan, theirs)
    let before = ''
    const enterAndLook = `${attempt.setUp ?? ''}; ${footprint}; ${enter({ ...attempt, setUp: '' }, mine)}`
    const look = (results: pg.QueryResult[]) => (before = marksOf(results))
    return await this.#undone(
      enterAndLook,
      async () => {
        const outcome = await this.#run(attempt.text, attempt.values)
        if (outcome.error !== null) return { outcome, touched: false }
        const after = await this.#client.query(`SET LOCAL ROLE NONE; ${footprint}`)
        return { outcome, touched: marksOf(after as unknown as pg.QueryResult[]) !== before }
      },
      look,
    )
  }

  /**
   * Many statements of one attacker, each by itself and undone: the SQLSTATE of each, null for one that succeeded. They
   * go to the server together, because thousands are tried.
   */
  async attemptEach({ role, setUp }: Pick<Attempt, 'role' | 'setUp'>, texts: readonly string[]) {
    const { said } = await this.attempt({
      role,
      ...(setUp === undefined ? {} : { setUp }),
      text: eachText(texts),
    })
    const codes = [...said.matchAll(/^attempted: (\S+) (.*)$/gm)]
    if (codes.length !== texts.length)
      throw new Error(`${texts.length} statements, ${codes.length} answers: ${said}`)
    return codes.map(([, code, message]) => ({ error: code === succeeded ? null : code!, message: message! }))
  }

  async close(): Promise<void> {
    await this.#client.query('ROLLBACK')
  }

  async #undone<Result>(
    before: string,
    work: () => Promise<Result>,
    look: (results: pg.QueryResult[]) => void = () => {},
  ): Promise<Result> {
    look((await this.#client.query(`SAVEPOINT attempt; ${before}`)) as unknown as pg.QueryResult[])
    try {
      return await work()
    } finally {
      await this.#client.query('ROLLBACK TO SAVEPOINT attempt; RELEASE SAVEPOINT attempt')
    }
  }

  async #run(text: string, values: readonly unknown[] = []): Promise<Outcome> {
    this.#heard = []
    const hear = ({ message }: { message?: string | undefined }) => this.#heard.push(message ?? '')
    const copy = ({ chunk }: { chunk: Buffer }) => this.#heard.push(chunk.toString())
    this.#client.on('notice', hear)
    connectionOf(this.#client).on('copyData', copy)
    try {
      const { rows, rowCount } = lastOf(await this.#client.query(text, [...values]))
      return { error: null, rows, count: rowCount ?? 0, ...this.#tell(JSON.stringify(rows), values) }
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) throw error
      const { code, message, detail, hint, where, constraint } = error
      const said = [message, detail, hint, where, constraint].join('\n')
      return { error: code ?? 'unknown', rows: [], count: 0, ...this.#tell(said, values) }
    } finally {
      this.#client.off('notice', hear)
      connectionOf(this.#client).off('copyData', copy)
    }
  }

  /** What the attacker sent themselves is no news to them. */
  #tell(text: string, values: readonly unknown[]): Pick<Outcome, 'said' | 'told'> {
    const said = `${text}\n${this.#heard.join('\n')}`
    const sent = JSON.stringify(values)
    return { said, told: this.#secrets.filter(secret => said.includes(secret) && !sent.includes(secret)) }
  }

  async #remember({ name, tenantColumn }: TenantTable): Promise<void> {
    const { rows } = await this.#client.query<{ tenant: string; row: Row }>(
      `SELECT ${tenantColumn} AS tenant, to_jsonb(t) AS row FROM postern.${name} t ORDER BY t::text`,
    )
    const of = (tenant: string) => rows.filter(row => row.tenant === tenant).map(({ row }) => row)
    this.#rows.set(name, { mine: of(this.tenants.mine), theirs: of(this.tenants.theirs) })
  }
}

function enter({ role, tenant, setUp = '' }: Omit<Attempt, 'text'>, mine: string): string {
  return `${setUp}; SET LOCAL ROLE ${role}; SELECT set_config('app.tenant_id', '${tenant ?? mine}', true)`
}

/** Texts of the other tenant, ids included, that are not also ours. Short ones would be found anywhere. */
function secretsAmong(
  tables: readonly { readonly mine: readonly Row[]; readonly theirs: readonly Row[] }[],
): readonly string[] {
  const textsOf = (rows: readonly Row[]) =>
    rows.flatMap(row => Object.values(row)).flatMap(value => (typeof value === 'string' ? [value] : []))
  const ours = new Set(tables.flatMap(({ mine }) => textsOf(mine)))
  const found = tables.flatMap(({ theirs }) => textsOf(theirs))
  // Instants are the same for both: they were made in one transaction.
  return [...new Set(found)].filter(text => text.length > 4 && !ours.has(text))
}

type Listening = {
  readonly on: (event: 'copyData', hear: (message: { chunk: Buffer }) => void) => void
  readonly off: (event: 'copyData', hear: (message: { chunk: Buffer }) => void) => void
}

/** pg drops what COPY sends; the connection below it tells. */
function connectionOf(client: pg.Client): Listening {
  return (client as unknown as { readonly connection: Listening }).connection
}

/** Several statements in one text answer one result each. */
function lastOf(result: pg.QueryResult | pg.QueryResult[]): pg.QueryResult {
  return Array.isArray(result) ? result.at(-1)! : result
}

/** Row versions and row locks of one tenant, in every tenant table. */
function footprintText({ tables }: Plan, tenant: string): string {
  const each = tables.map(
    ({ name, tenantColumn }) =>
      `SELECT '${name}' || ctid || xmin || '/' || xmax AS mark FROM postern.${name} WHERE ${tenantColumn} = '${tenant}'`,
  )
  return `SELECT string_agg(mark, ' ' ORDER BY mark) AS marks FROM (${each.join(' UNION ALL ')}) every_mark`
}

function marksOf(results: readonly pg.QueryResult[]): string {
  return results.flatMap(({ rows }) => rows).find(row => 'marks' in row).marks
}

/** An SQLSTATE that Postgres does not have. */
const succeeded = 'PX000'

function eachText(texts: readonly string[]): string {
  return `DO $each$ DECLARE attempt text; message text; BEGIN
    FOR attempt IN SELECT json_array_elements_text(${pg.escapeLiteral(JSON.stringify(texts))}::json) LOOP
      BEGIN
        EXECUTE attempt;
        RAISE EXCEPTION USING ERRCODE = '${succeeded}';
      EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS message = MESSAGE_TEXT;
        RAISE NOTICE 'attempted: % %', SQLSTATE, split_part(message, E'\\n', 1);
      END;
    END LOOP; END $each$`
}
