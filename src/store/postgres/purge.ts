import type { ChangingSession } from './change-access.ts'
import { deleteAllCustomRoles } from './queries/custom-roles.ts'
import { deleteAllLimitOverrides } from './queries/limit-overrides.ts'
import { deleteAllMemberships } from './queries/memberships.ts'
import { dismissAllServices } from './queries/services.ts'
import { scrubTenant } from './queries/tenants.ts'
import { purgeWorkspaces } from './queries/workspaces.ts'

/**
 * Removes for good what a tenant had, when its time to be restored is over; false, and nothing is touched, before.
 * A tombstone stays, so that the slug never comes to mean somebody else, and so do the break-glass grants:
 * they tell what was done to the tenant.
 */
export async function purgeTenant(session: ChangingSession): Promise<boolean> {
  if (!(await scrubTenant(session))) return false
  await purgeWorkspaces(session)
  await deleteAllMemberships(session)
  await deleteAllCustomRoles(session)
  await deleteAllLimitOverrides(session)
  await dismissAllServices(session)
  return true
}
