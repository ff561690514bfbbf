import { httpRules } from '../../src/http1/rules.ts'
import { faults } from '../../src/lib/fault.ts'
import { refusals } from '../../src/proxy/refusal.ts'
import { violations } from '../../src/store/postgres/violations.ts'
import { tokenRules } from '../../src/token/rules.ts'

/** docs/errors.md: what a client can be told, from the tables that tell it. */
export function errorReference(): string {
  return [
    '# Refusals, violations and faults',
    '',
    '<!-- Generated from src/proxy/refusal.ts, src/http1/rules.ts, src/token/rules.ts, src/store/postgres/violations.ts and',
    'src/lib/fault.ts by `node test/generate.ts`. -->',
    '',
    'Postern answers with problem details (RFC 9457). `code` is stable: programs may rely on it. The log line of the request',
    '(same `request_id`) says in `detail` what was compared with what; the client never learns that.',
    '',
    '## Refusals: an expected no',
    '',
    '| code | status | what it says | what to do |',
    '|---|---|---|---|',
    ...Object.entries(refusals).map(
      ([code, { status, title, hint }]) => `| \`${code}\` | ${status} | ${title} | ${hint} |`,
    ),
    '',
    '## Rules: what a refusal of a request or token was for',
    '',
    'The log line of the request names the rule in `rule` and shows what broke it, escaped and cut, in `offending`; the metric',
    '`postern_rules_broken_total` counts by rule.',
    '',
    '| rule | code | what the log says | source |',
    '|---|---|---|---|',
    ...Object.entries({ ...httpRules, ...tokenRules }).map(
      ([name, { code, sentence, source }]) => `| \`${name}\` | \`${code}\` | ${sentence} | ${source} |`,
    ),
    '',
    '## Violations: a rule of the records that the request breaks',
    '',
    'The control plane answers with them. `member` of the answer names the member of the request that the rule is about.',
    '',
    '| code | status | what it says | member |',
    '|---|---|---|---|',
    ...violations.map(
      ({ code, status, title, member }) =>
        `| \`${code}\` | ${status} | ${title} | ${member === null ? '' : `\`${member}\``} |`,
    ),
    '',
    '## Faults: something broke',
    '',
    'A retry is safe where a wait is named; the answer carries it in `Retry-After`.',
    '',
    '| code | status | source | what it says | wait |',
    '|---|---|---|---|---|',
    ...Object.entries(faults).map(([code, { status, source, title, retryAfterSeconds }]) => {
      const wait = retryAfterSeconds === null ? '' : `${retryAfterSeconds} s`
      return `| \`${code}\` | ${status} | ${source} | ${title} | ${wait} |`
    }),
    '',
  ].join('\n')
}
