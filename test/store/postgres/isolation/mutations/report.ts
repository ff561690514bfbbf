import type { MutationResult } from './run-mutations.ts'

export const reportPath = 'docs/isolation.md'
export const command = 'npm run test:mutations'

/** The page that shows what was broken and who noticed. */
export function isolationReport(results: readonly MutationResult[]): string {
  const caught = results.filter(({ attack }) => attack !== null).length
  const rows = results.map(({ what, attack, rule }) => `| ${what} | ${attack ?? '–'} | ${rule ?? '–'} |`)
  return `<!-- Written by \`${command}\`. -->

# The isolation of tenants

${proven}

${accepted}

## What happens when the schema is broken

Each row breaks a migrated and populated database in one way and shows who notices: an *attack*, which does as one of
our roles what must be impossible (test/store/postgres/isolation/attacks), or only the *sweep*, which reads the catalogue
(test/store/postgres/isolation/sweep). Of ${results.length} mutations attacks notice ${caught}, and the sweep alone
${results.length - caught}; \`npm test\` does one in four of them again.

| mutation | attack that notices | rule of the sweep that is broken |
|---|---|---|
${rows.join('\n')}
`
}

/** What the page says of each mutation. */
export function readReport(page: string): readonly MutationResult[] {
  const named = (cell: string) => (cell === '–' ? null : cell)
  const [, ...rows] = [...page.matchAll(/^\| (.*?) \| (.*?) \| (.*?) \|$/gm)]
  return rows.map(([, what, attack, rule]) => ({ what: what!, attack: named(attack!), rule: named(rule!) }))
}

const proven = `In a transaction of one tenant, the runtime, reporting and owner roles can neither read, count, lock, write, move, delete,
refer to nor guess a row of another tenant in any table that has a tenant, nor see a value of one in an error, plan,
statistic, notice or copied line; tests try it on every such table that the catalogue has, and a change of access that was
not announced is refused.`

const accepted = `Accepted: whoever can run any SQL as the runtime role can name another tenant, so row level security is the net below
parameterised queries and not a wall against injected ones; numbers that Postgres keeps about whole tables (reltuples,
activity counters, "rows removed" and estimates in plans) are about all tenants; slugs are one namespace, so one that is
taken is refused, and the id behind one is answered; versions are answered by tenant id, and events are handed to whoever
relays them; users, identities, operators, services and revocations are global, and all but reports read them.`
