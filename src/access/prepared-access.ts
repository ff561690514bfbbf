import type { DigestedDocument } from './document.ts'
import type { PermissionSet } from './permission-set.ts'

/** An access document digested once, so that a warm decision only looks things up. */
export type PreparedAccess = {
  readonly document: DigestedDocument
  readonly permissions: PermissionSet
  /** By id and by slug. */
  readonly workspaces: ReadonlyMap<string, PreparedWorkspace>
}

export type PreparedWorkspace = {
  readonly id: string
  readonly slug: string
  readonly role: string
  readonly permissions: PermissionSet
}
