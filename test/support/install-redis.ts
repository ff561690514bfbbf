import { findRedis } from '../../src/demo/redis.ts'
import { installPackage } from './install-package.ts'

/**
 * Tests need a real Redis: where none is on PATH, one is installed if that can be done. Throws an Error that says what to
 * do when there is still none.
 */
export function installRedis(path: string | undefined, progress: (line: string) => void): void {
  if (findRedis(path) !== null) return
  const failure = installPackage('redis-server', progress)
  if (failure !== null) throw new Error(`${failure}\n${missing}`)
  if (findRedis(path) === null) throw new Error(missing)
}

const missing =
  'Tests need a real Redis: put redis-server or valkey-server on PATH (Debian, Ubuntu: apt-get install redis-server; ' +
  'macOS: brew install redis), or set REDIS_URL to one that runs.'
