import { apache } from './apache.ts'
import { haproxy } from './haproxy.ts'
import { installPackage } from './install-package.ts'
import { nginx } from './nginx.ts'
import { hasWebServer } from './web-server.ts'

/** Tests want the web servers of others: those missing are installed if that can be done. Else they say that they skip. */
export function installWebServers(progress: (line: string) => void): void {
  for (const server of [nginx(), haproxy(0), apache()]) {
    if (hasWebServer(server)) continue
    const failure =
      installPackage(server.package, progress) ?? (hasWebServer(server) ? null : 'it is not on PATH')
    if (failure !== null)
      progress(
        `no ${server.command}, so its tests are skipped (under CI they fail): ${failure.split('\n', 1)[0]}`,
      )
  }
}
