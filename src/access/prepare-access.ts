import type { AccessDocument } from './document.ts'
import type { PermissionIndex, PermissionSet } from './permission-set.ts'
import type { PreparedAccess, PreparedWorkspace } from './prepared-access.ts'

/** Digests a document once, so that a decision only looks things up. */
export function prepareAccess(document: AccessDocument, permissions: PermissionIndex): PreparedAccess {
  const inTenant = permissions.setOf(document.permissions)
  const { tenant, principal, accessVersion, issuedAtMs, role, breakGlass } = document
  return Object.freeze({
    document: { tenant, principal, accessVersion, issuedAtMs, role, breakGlass },
    permissions: inTenant,
    workspaces: prepareWorkspaces(document, permissions, inTenant),
  })
}

/** One set is shared by all workspaces that add nothing to it. Slugs first, so that a slug that reads like another workspace's id cannot stand in for it. */
function prepareWorkspaces(
  document: AccessDocument,
  permissions: PermissionIndex,
  inTenant: PermissionSet,
): ReadonlyMap<string, PreparedWorkspace> {
  const prepared = document.workspaces.map(({ id, slug, role, permissions: names }) =>
    Object.freeze({
      id,
      slug,
      role,
      permissions: names.length === 0 ? inTenant : permissions.setOf(names, inTenant),
    }),
  )
  const byName = new Map<string, PreparedWorkspace>()
  for (const workspace of prepared) byName.set(workspace.slug, workspace)
  for (const workspace of prepared) byName.set(workspace.id, workspace)
  return byName
}
