import type { BelievedFields } from '../../src/http1/believed-fields.ts'
import { claimingFields, overridingFields } from '../../src/http1/believed-fields.ts'
import { hopByHopNames } from '../../src/http1/hop-by-hop.ts'

/** docs/fields.md: which fields of a client do not reach the service, from the tables that strip them. */
export function fieldReference(): string {
  return [
    '# Fields that stay behind',
    '',
    '<!-- Generated from src/http1 by `node test/generate.ts`. -->',
    '',
    'What a client sends reaches the service as it came, but for the fields below. Their names count in every spelling that',
    'something behind us may take for the same: in any case, with any other character in place of a hyphen, with several of',
    'them, or with some at the ends. A star stands for whatever follows.',
    '',
    '- `tenancy.reservedPrefix`, every name in `tenancy.aliases`, and the headers that select tenant, workspace and access',
    '  version: only Postern sets them.',
    '- `Authorization`, `Host`, `Expect` and whatever frames the body: they are read here. The service gets its own Host,',
    '  and the client’s in `X-Forwarded-Host`.',
    '- `X-Request-ID`, `traceparent`, `X-Forwarded-For`, `-Host` and `-Proto`: they are sent in our form, `tracestate` only',
    '  beside a sound `traceparent`.',
    `- What ends at this hop: ${list(hopByHopNames)} and whatever \`Connection\` names.`,
    '',
    '## What would make another request of it',
    '',
    'These never reach the service.',
    '',
    ...table(overridingFields),
    '',
    '## What a service may believe of a proxy in front of it',
    '',
    'A sidecar cannot check such a claim. Where a proxy in front sets or removes one of these from every request, and the',
    'service needs it, `tenancy.passFields` names it: then it passes in that spelling, in any case.',
    '',
    ...table(claimingFields),
    '',
  ].join('\n')
}

function table(fields: readonly BelievedFields[]): string[] {
  return [
    '| what it claims | who believes it | fields |',
    '|---|---|---|',
    ...fields.map(({ claims, believers, names }) => `| ${claims} | ${believers} | ${list(names)} |`),
  ]
}

function list(names: readonly string[]): string {
  return names.map(name => `\`${name}\``).join(', ')
}
