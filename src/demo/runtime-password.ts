import { createHash } from 'node:crypto'

/**
 * The password of the role that a demo's control plane runs as. The role belongs to the whole cluster, so that every
 * demo on it, whichever its database and however it is reached, must come to the same one; and only who may become its
 * owner can.
 */
export function runtimePasswordOf(ownerUrl: string): string {
  const { username, password } = new URL(ownerUrl)
  return createHash('sha256').update(`postern_runtime\n${username}\n${password}`).digest('hex')
}
