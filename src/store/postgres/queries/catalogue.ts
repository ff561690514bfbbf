import type { GlobalSession } from '../transaction.ts'

/** Adds a permission to the catalogue, as the owner; one that exists already stays as it is. */
export async function insertPermission(
  session: GlobalSession,
  permission: { readonly name: string; readonly description: string },
): Promise<void> {
  await session.rows(
    'INSERT INTO postern.permissions (name, description) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING',
    [permission.name, permission.description],
  )
}

/** Gives a built-in role a permission, as the owner. */
export async function grantRolePermission(
  session: GlobalSession,
  role: string,
  permission: string,
): Promise<void> {
  await session.rows(
    `INSERT INTO postern.role_permissions (role, permission) VALUES ($1, $2)
     ON CONFLICT (role, permission) DO NOTHING`,
    [role, permission],
  )
}
