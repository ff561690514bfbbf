import { z } from 'zod'
import { headerName } from './values.ts'

const aliases = (fallback: string[]) => z.array(headerName).max(8).default(fallback)

/** How requests name tenants, and how the service is told of them. */
export const tenancySchema = z
  .strictObject({
    tenantHeader: headerName
      .nullable()
      .default('X-Tenant-ID')
      .describe('The request header that selects a tenant; null for none. It is stripped.'),
    workspaceHeader: headerName
      .nullable()
      .default('X-Workspace-ID')
      .describe('The request header that selects a workspace; null for none. It is stripped.'),
    accessVersionHeader: headerName
      .nullable()
      .default('X-Access-Version')
      .describe('The request header that asks to be judged by an access version at least; null for none.'),
    accessAgeHeader: headerName
      .nullable()
      .default(null)
      .describe('A response header that tells how many seconds old the access document was; null for none.'),
    reservedPrefix: headerName
      .refine(
        prefix => prefix.endsWith('-') && prefix.length > 2,
        'expected a header prefix that ends in a hyphen',
      )
      .default('X-QLP-')
      .describe('Headers that only Postern may set: any other is stripped from a request.'),
    aliases: z
      .strictObject({
        tenantId: aliases(['X-Tenant-ID']).describe('Further headers that carry the tenant’s id.'),
        userId: aliases(['X-User-ID']).describe('Further headers that carry the user’s id.'),
        workspaceId: aliases([]).describe('Further headers that carry the workspace’s id.'),
        roles: aliases([]).describe('Further headers that carry the roles.'),
        plan: aliases([]).describe('Further headers that carry the plan.'),
      })
      .prefault({})
      .describe('Names that the service already knows.'),
    passFields: z
      .array(headerName)
      .max(32)
      .default([])
      .describe(
        'Claims of where a request comes from, or who sends it, that reach the service all the same, such as ' +
          'CF-IPCountry: only where a proxy in front sets or removes each of them. docs/fields.md lists them.',
      ),
  })
  .prefault({})

export type TenancySettings = z.output<typeof tenancySchema>
