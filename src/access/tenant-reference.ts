import type { TenantState } from './document.ts'

/** Longer than a UUID and any slug; what is longer is nobody's name and is not asked about. */
const lengthMax = 64

/**
 * Does `reference` name this tenant? By its slug exactly, or by its id, which is a lower-case UUID and may be spelled
 * in any case (RFC 9562 §4).
 */
export function namesTenant(reference: string, tenant: Pick<TenantState, 'id' | 'slug'>): boolean {
  return reference === tenant.slug || reference === tenant.id || reference.toLowerCase() === tenant.id
}

/**
 * Can `reference` be an id or a slug at all: letters, digits, `-`, `_` and `.`, at most 64 of them? What cannot gets
 * the answer of an unknown tenant without asking anyone, so that no strange text reaches keys, queries or logs.
 */
export function isTenantReference(reference: string): boolean {
  if (reference.length === 0 || reference.length > lengthMax) return false
  for (let index = 0; index < reference.length; index += 1) {
    if (!isNameCode(reference.charCodeAt(index))) return false
  }
  return true
}

/**
 * The one spelling under which access is looked up and remembered: an id in lower case, anything else as it is. Else one
 * member could fill every cache with the thousands of spellings of one id.
 */
export function canonicalReference(reference: string): string {
  return reference.length === idLength && idShape.test(reference) ? reference.toLowerCase() : reference
}

const idLength = 36
const idShape = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

function isNameCode(code: number): boolean {
  if (code >= 0x61 && code <= 0x7a) return true
  if (code >= 0x30 && code <= 0x39) return true
  if (code >= 0x41 && code <= 0x5a) return true
  return code === 0x2d || code === 0x5f || code === 0x2e
}
