import { awsCases } from './aws.ts'
import type { HeadCase } from './case.ts'
import { chunkCases } from './chunks.ts'
import { framingCases } from './framing.ts'
import { lineCases, targetCases } from './lines.ts'

/** Every hostile request. Two names may be the same only where their sources differ. */
export const hostileCases: readonly HeadCase[] = [
  ...framingCases,
  ...chunkCases,
  ...lineCases,
  ...targetCases,
  ...awsCases,
]
