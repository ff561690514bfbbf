import type { Clock } from '../lib/clock.ts'
import type { ReadFile } from './secret-files.ts'

export type RotatingSecretOptions = {
  readonly file: string
  /** What the file held when the configuration was read. */
  readonly initial: string
  readonly readFile: ReadFile
  readonly clock: Clock
  /** The file is looked at again when this has passed; Kubernetes renews a token long before it expires. */
  readonly rereadMs: number
}

/**
 * A secret whose file is replaced while the process runs, as Kubernetes does with a service account's token.
 *
 * @returns the secret as it is now; the last good one where the file cannot be read or is empty
 */
export function createRotatingSecret(options: RotatingSecretOptions): () => string {
  const { file, readFile, clock, rereadMs } = options
  let secret = options.initial
  let readAtMs = clock.elapsedMs()
  return () => {
    if (clock.elapsedMs() - readAtMs < rereadMs) return secret
    readAtMs = clock.elapsedMs()
    try {
      secret = readFile(file).replace(/\r?\n$/, '') || secret
    } catch {
      // Between the removal of the old file and the arrival of the new one, the old secret is still good.
    }
    return secret
  }
}
