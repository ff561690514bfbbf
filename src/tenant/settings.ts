import { z } from 'zod'
import { domainName, labels, line, timeZone } from './setting-values.ts'
import { createSettingsKind } from './settings-kind.ts'

/** What a tenant decides for itself. Bounded so that whatever passes is far below what the database takes. */
export const tenantSettingsSchema = z.strictObject({
  timeZone: timeZone.optional().describe('The time zone in which days and months begin, by its IANA name.'),
  billingAnchorDay: z.int().min(1).max(28).optional().describe('The day on which a month of quotas begins.'),
  sessionMinutesMax: z
    .int()
    .min(5)
    .max(43_200)
    .optional()
    .describe('How long somebody stays signed in at most.'),
  invitationDays: z.int().min(1).max(90).optional().describe('How long an invitation can be accepted.'),
  signInDomains: z
    .array(domainName)
    .min(1)
    .max(100)
    .optional()
    .describe('Domains of e-mail addresses whose users may sign in.'),
  labels: labels.optional().describe('Whatever the tenant’s own tools remember.'),
})

export type StoredTenantSettings = z.output<typeof tenantSettingsSchema>

export type TenantSettings = {
  readonly timeZone: string
  readonly billingAnchorDay: number
  readonly sessionMinutesMax: number
  readonly invitationDays: number
  /** Null: every domain. Empty: none, because what is stored cannot be understood. */
  readonly signInDomains: readonly string[] | null
  readonly labels: Readonly<Record<string, string>>
}

export const {
  read: readTenantSettings,
  patch: patchTenantSettings,
  complete: tenantSettingsOf,
} = createSettingsKind<typeof tenantSettingsSchema.shape, TenantSettings>({
  schema: tenantSettingsSchema,
  defaults: {
    timeZone: 'UTC',
    billingAnchorDay: 1,
    sessionMinutesMax: 720,
    invitationDays: 7,
    signInDomains: null,
    labels: {},
  },
  strictest: {
    timeZone: 'UTC',
    billingAnchorDay: 1,
    sessionMinutesMax: 5,
    invitationDays: 1,
    signInDomains: [],
    labels: {},
  },
})

/** What the members of a workspace decide for it; projects have the same. */
export const workspaceSettingsSchema = z.strictObject({
  description: line(500).optional().describe('What it is for, in one line.'),
  labels: labels.optional().describe('Whatever the tenant’s own tools remember.'),
})

export type StoredWorkspaceSettings = z.output<typeof workspaceSettingsSchema>

export type WorkspaceSettings = {
  readonly description: string
  readonly labels: Readonly<Record<string, string>>
}

const emptyWorkspace: WorkspaceSettings = { description: '', labels: {} }

export const {
  read: readWorkspaceSettings,
  patch: patchWorkspaceSettings,
  complete: workspaceSettingsOf,
} = createSettingsKind<typeof workspaceSettingsSchema.shape, WorkspaceSettings>({
  schema: workspaceSettingsSchema,
  defaults: emptyWorkspace,
  strictest: emptyWorkspace,
})
