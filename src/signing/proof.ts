import type { PreparedAccess, PreparedWorkspace } from '../access/prepared-access.ts'
import type { HeaderList } from '../lib/header-list.ts'

/**
 * Proves tenant, workspace and principal to the service behind: the tenant fields, their aliases and the assertion,
 * ready to send. What was signed for a prepared document and workspace is used again, and renewed before it expires.
 */
export type Prover = {
  readonly prove: (access: PreparedAccess, workspace: PreparedWorkspace | null) => HeaderList
  /** The public key set (RFC 7517) that checks the assertions; served on the admin port. */
  readonly publicKeys: () => { readonly keys: readonly Readonly<Record<string, string>>[] }
}
