import { installPackage } from './install-package.ts'
import { hasPgbouncer } from './pgbouncer.ts'

/** Tests want a real PgBouncer: where there is none, one is installed if that can be done. Else they say that they skip. */
export function installPgbouncer(progress: (line: string) => void): void {
  if (hasPgbouncer()) return
  const failure = installPackage('pgbouncer', progress) ?? (hasPgbouncer() ? null : 'it is not on PATH')
  if (failure !== null)
    progress(`no pgbouncer, so its tests are skipped (under CI they fail): ${failure.split('\n', 1)[0]}`)
}
