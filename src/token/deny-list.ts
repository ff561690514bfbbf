/**
 * The keys that were withdrawn by name, before their issuer stopped to publish them: a token signed with one is refused
 * at once, remembered or not. Kept per issuer, since two issuers may well use the same key id (threats 56, 71).
 */
export class DenyList {
  readonly #keyIdsByIssuer = new Map<string, Set<string>>()
  readonly #keysPerIssuerMax: number

  /** @param options.keysPerIssuerMax past this bound every key of the issuer counts as withdrawn: full is not forgotten */
  constructor(options: { readonly keysPerIssuerMax: number }) {
    this.#keysPerIssuerMax = options.keysPerIssuerMax
  }

  withdraw(issuer: string, keyId: string): void {
    const keyIds = this.#keyIdsByIssuer.get(issuer)
    if (keyIds === undefined) this.#keyIdsByIssuer.set(issuer, new Set([keyId]))
    else if (keyIds.size <= this.#keysPerIssuerMax) keyIds.add(keyId)
  }

  isWithdrawn(issuer: string, keyId: string): boolean {
    if (this.#keyIdsByIssuer.size === 0) return false
    const keyIds = this.#keyIdsByIssuer.get(issuer)
    return keyIds !== undefined && (keyIds.has(keyId) || keyIds.size > this.#keysPerIssuerMax)
  }
}
