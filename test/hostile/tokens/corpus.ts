import { algorithmAttacks } from './algorithm-attacks.ts'
import type { Attack, Victim } from './attack.ts'
import { claimAttacks } from './claim-attacks.ts'
import { headerAttacks } from './header-attacks.ts'
import { shapeAttacks } from './shape-attacks.ts'
import { signatureAttacks } from './signature-attacks.ts'

/** Every attack on a token, made for one victim. */
export function tokenAttacks(victim: Victim): Attack[] {
  return [
    ...algorithmAttacks(victim),
    ...signatureAttacks(victim),
    ...headerAttacks(victim),
    ...shapeAttacks(victim),
    ...claimAttacks(victim),
  ]
}
