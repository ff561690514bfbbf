import { faults } from '../../src/lib/fault.ts'
import { refusals } from '../../src/proxy/refusal.ts'

/** docs/errors.md: what a client can be told, from the tables that tell it. */
export function errorReference(): string {
  return [
    '# Refusals and faults',
    '',
    '<!-- Generated from src/proxy/refusal.ts and src/lib/fault.ts by `node test/generate.ts`. -->',
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
