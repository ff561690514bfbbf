import type { DigestedDocument } from './document.ts'

/**
 * Is what let an operator in over? From then on the document says nothing, not even what they may do otherwise: the
 * control plane is asked. Never true for anyone else's document, at the price of one comparison with null.
 */
export function hasEnded({ breakGlass }: DigestedDocument, nowMs: number): boolean {
  return breakGlass !== null && nowMs >= breakGlass.expiresAtMs
}
