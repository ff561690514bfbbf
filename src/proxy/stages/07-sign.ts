import type { Prover } from '../../signing/proof.ts'
import type { Stage } from '../verdict.ts'

/**
 * Builds the stage that proves to the service whom it serves. Where no tenant was identified, on a public route or
 * behind a stage that only watches, nothing is claimed: the service gets no field that tells of a tenant.
 *
 * @returns a stage that sets `exchange.proof`; it refuses nothing and never waits
 */
export function createSign({ prover }: { readonly prover: Pick<Prover, 'prove'> }): Stage {
  return exchange => {
    if (exchange.access !== null) exchange.proof = prover.prove(exchange.access, exchange.workspace)
    return null
  }
}
