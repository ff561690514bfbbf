import { z } from 'zod'
import type { Oddity } from '../http1/target.ts'
import { bytes, milliseconds, permission, routePattern } from './values.ts'

const hour = 3_600_000

export const stageMode = z.enum(['off', 'shadow', 'enforce'])

const selector = z
  .string()
  .regex(/^(path|query):[A-Za-z_][A-Za-z0-9_.-]{0,63}$/, 'expected path:<parameter> or query:<name>')

const oddities = [
  'encoded-slash',
  'encoded-backslash',
  'encoded-delimiter',
  'escaped-twice',
  'empty-segment',
  'dot-segment',
] as const satisfies readonly Oddity[]

const selectors = z.array(selector).max(4).default([])

const governed = {
  authenticate: 'Is the token good?',
  identifyTenant: 'Does the principal have a place in the tenant?',
  authorize: 'Do the selectors agree, and does the role allow it?',
  throttle: 'Is there anything left of the limits?',
}

/** Modes for every route; `shadow` records what it would have refused, `off` does not look. */
export const modesSchema = z
  .strictObject({
    authenticate: stageMode.default('enforce').describe(governed.authenticate),
    identifyTenant: stageMode.default('enforce').describe(governed.identifyTenant),
    authorize: stageMode.default('enforce').describe(governed.authorize),
    throttle: stageMode.default('enforce').describe(governed.throttle),
  })
  .prefault({})

/** One operation of the service. What may go together is checked in route-checks.ts. */
export const routeSchema = z.strictObject({
  match: routePattern.describe(
    'Method and path, matched exactly; `{name}` is a whole segment, `{name...}` at the end one or more, sent byte for byte.',
  ),
  takes: z
    .array(z.enum(oddities))
    .max(oddities.length)
    .default([])
    .describe(
      'What the tail may hold that servers read in more than one way; anywhere else it is refused. A slash at its end ' +
        'is an empty segment. However often the service decodes, its dot segments never lead out of the tail. What may ' +
        'never come in: NUL, control characters, invalid UTF-8, more than three escapings, a raw backslash, `;` or `#`, ' +
        'a segment that begins with an escaped delimiter (`;`, `?`, `#`). A service that joins the tail to a directory ' +
        'must still mind a leading slash.',
    ),
  public: z
    .boolean()
    .default(false)
    .describe('No token is asked for: the answer is the same for everyone and holds nobody’s data.'),
  permission: permission
    .nullable()
    .default(null)
    .describe('What the caller must be allowed; null only if public.'),
  scope: z
    .enum(['tenant', 'workspace', 'none'])
    .optional()
    .describe('Where the permission must be held. Default: `tenant`, and `none` for a public route.'),
  selectors: z
    .strictObject({
      tenant: selectors.describe('Places that name the tenant; each must agree with the membership.'),
      workspace: selectors.describe('Places that name the workspace.'),
    })
    .prefault({}),
  isolation: z
    .union(
      [z.enum(['assertion', 'public']), z.strictObject({ none: z.string().min(1).max(500) })],
      'expected assertion, public, or none with a reason (isolation: { none: "why" })',
    )
    .optional()
    .describe(
      'What keeps tenants apart in the service: `assertion` (it verifies the assertion), `public` (nothing to keep ' +
        'apart), or `{ none: reason }`, which closes the route. Default: closed, and `public` for a public route.',
    ),
  charge: z
    .int()
    .min(0)
    .max(10_000)
    .optional()
    .describe('How many requests a call counts as. Default: 1, and 0 for a public route.'),
  upgrade: z.enum(['websocket']).nullable().default(null).describe('Takes upgrades to this protocol, only.'),
  timeouts: z
    .strictObject({
      headersMs: milliseconds(hour)
        .optional()
        .describe('Until the response’s head; 0 waits for ever. Default: upstream.headersTimeoutMs.'),
      idleMs: milliseconds(hour)
        .optional()
        .describe('Between two pieces of the response; 0 waits for ever. Default: upstream.idleTimeoutMs.'),
      bodyIdleMs: milliseconds(hour)
        .optional()
        .describe(
          'Time for each piece of the request body; 0 waits for ever, at any pace. Default: bounds.bodyIdleMs.',
        ),
    })
    .prefault({}),
  bodyBytes: bytes(Number.MAX_SAFE_INTEGER)
    .optional()
    .describe('The largest request body. Default: bounds.bodyBytes.'),
  bodyBytesPerSecond: z
    .int()
    .min(0)
    .max(1_000_000)
    .optional()
    .describe('The least pace of a request body. Default: bounds.bodyBytesPerSecond.'),
  modes: z
    .strictObject({
      authenticate: stageMode.optional().describe(governed.authenticate),
      identifyTenant: stageMode.optional().describe(governed.identifyTenant),
      authorize: stageMode.optional().describe(governed.authorize),
      throttle: stageMode.optional().describe(governed.throttle),
    })
    .prefault({})
    .describe('Where this route differs from the modes of all.'),
})
