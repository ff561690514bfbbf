import { z } from 'zod'
import { headerName } from './values.ts'

const origin = z
  .string()
  .refine(isOrigin, 'expected an origin as browsers send it, such as https://app.example.com, in lower case')

const field = headerName.refine(name => name !== '*', 'expected a header name: there are no wildcards')

/** What browsers are told of pages of other origins. Methods come from the routes. */
export const corsSchema = z
  .strictObject({
    origins: z
      .array(origin)
      .max(100)
      .default([])
      .describe(
        'Origins whose pages may read answers, and open WebSockets. Each exactly, no wildcards; none by default.',
      ),
    requestFields: z
      .array(field)
      .max(100)
      .default([
        'Authorization',
        'Content-Type',
        'X-Tenant-ID',
        'X-Workspace-ID',
        'X-Access-Version',
        'X-Request-ID',
      ])
      .describe('Header fields that such a page may send, beside those that every page may.'),
    responseFields: z
      .array(field)
      .max(100)
      .default(['X-Request-ID', 'RateLimit', 'RateLimit-Policy', 'Retry-After', 'WWW-Authenticate'])
      .describe('Header fields of an answer that such a page may read, beside those that every page may.'),
    credentials: z
      .boolean()
      .default(false)
      .describe(
        'Lets browsers send cookies along. They are no credentials here; only the service sees them.',
      ),
    maxAgeSeconds: z.int().min(0).max(86_400).default(600).describe('How long a browser need not ask again.'),
  })
  .prefault({})

/** A scheme, a host and perhaps a port, exactly as the Origin field of a page there reads. */
function isOrigin(value: string): boolean {
  if (!URL.canParse(value)) return false
  const { protocol, origin } = new URL(value)
  return (protocol === 'https:' || protocol === 'http:') && origin === value && !value.includes('*')
}
