import { installPackage } from './install-package.ts'
import { hasPgbouncer } from './pgbouncer.ts'

/** Tests want a real PgBouncer: where there is none, one is installed if that can be done. Else they say that they skip. */
export function installPgbouncer(progress: (line: string) => void): void {
  if (hasPgbouncer()) return
  const failure = installPackage('pgbouncer', progress)
  if (failure !== null)
    progress(`no pgbouncer, so the tests behind it are skipped: ${failure.split('\n', 1)[0]}`)
}
