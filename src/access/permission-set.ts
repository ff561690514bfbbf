/** A set of the permissions that the routes of this sidecar name: one bit each, 32 to a word. */
export type PermissionSet = { readonly words: Uint32Array }

/**
 * Gives each permission that a route can ask for its bit. A permission no route asks for has no bit and is dropped,
 * so that a set costs a few bytes however long the role's list is.
 */
export class PermissionIndex {
  readonly #bits: ReadonlyMap<string, number>
  readonly #wordCount: number

  constructor(permissions: Iterable<string>) {
    const bits = new Map<string, number>()
    for (const permission of permissions) if (!bits.has(permission)) bits.set(permission, bits.size)
    this.#bits = bits
    this.#wordCount = Math.ceil(bits.size / 32)
  }

  /** The bit of a permission that some route asks for; undefined for any other. */
  bitOf(permission: string): number | undefined {
    return this.#bits.get(permission)
  }

  /** The set of these, and of all that is in `base`. */
  setOf(permissions: Iterable<string>, base?: PermissionSet): PermissionSet {
    const words = base === undefined ? new Uint32Array(this.#wordCount) : base.words.slice()
    for (const permission of permissions) {
      const bit = this.#bits.get(permission)
      if (bit !== undefined) words[bit >>> 5]! |= 1 << (bit & 31)
    }
    return { words }
  }
}

export function hasPermission(set: PermissionSet, bit: number): boolean {
  return ((set.words[bit >>> 5] ?? 0) & (1 << (bit & 31))) !== 0
}
